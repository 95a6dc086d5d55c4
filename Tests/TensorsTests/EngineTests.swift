import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Tensors

/// Runs `body` on a thread of its own and waits for its result.
func onAnotherThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let result = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        result.withLock { $0 = Result { try body() } }
        done.signal()
    }
    done.wait()
    return try #require(result.withLock { $0.take() }).get()
}

@Suite struct EngineTests {
    @Test func theEngineIsTheOneExpected() {
        for _ in 1...3 { Engine.prepare() }
        #expect(Engine.version == "2.11.0")
        #expect(!Engine.cpuCapability.isEmpty)
        #expect(
            !Engine.multipliesBFloat16 || Engine.cpuCapability.hasPrefix("AVX512")
                || Engine.cpuCapability == "AMX")
    }

    @Test func peakMemoryKnowsTheLargestTensor() throws {
        let size = 64 << 20
        _ = try Tensor.ones([size / 4])
        #expect(Engine.peakMemory >= size)
    }

    static let devices: [(name: String, device: Device?)] = [
        ("cpu", .cpu), ("cuda", .cuda(0)), ("cuda:0", .cuda(0)), ("cuda:3", .cuda(3)),
        ("cuda:127", .cuda(127)),
        ("mps", .mps), ("", nil), ("CPU", nil), ("cpu:0", nil), ("cuda:", nil), ("cuda:x", nil),
        ("cuda:-1", nil),
        ("cuda:128", nil), ("cuda:99999999999999999999", nil), ("gpu", nil),
    ]
    @Test(arguments: devices) func devicesHaveNames(_ name: String, _ device: Device?) {
        #expect(Device(name) == device)
        if let device { #expect(Device(device.description) == device) }
    }
    @Test func theProcessorIsAlwaysThereAndComesLast() throws {
        #expect(Device.available.last == .cpu)
        #expect(Device.available.filter { $0 == .cpu }.count == 1)
        #expect(try Tensor.zeros([1]).device == .cpu)
    }

    /// In a process of its own: other tests compute while this one changes their threads.
    @Test func threadsCanBeSet() async {
        await #expect(processExitsWith: .success) {
            let atFirst = Engine.threadCount
            #expect(atFirst >= 1)
            let expected = try wavy([64, 64]).matmul(wavy([64, 64])).values(as: Double.self)
            for count in [1, 2, 3] {
                Engine.threadCount = count
                #expect(Engine.threadCount == count)
                #expect(try onAnotherThread { Engine.threadCount } == count, "a new thread follows")
                try expectClose(wavy([64, 64]).matmul(wavy([64, 64])), expected, shape: [64, 64])
            }
            Engine.threadCount = -5
            #expect(Engine.threadCount == 1)
        }
    }
}
