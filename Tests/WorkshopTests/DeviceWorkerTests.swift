import Foundation
import Synchronization
import Tensors
import Testing

@testable import Workshop

@Suite struct DeviceWorkerTests {
    @Test func alwaysWorksOnOneThread() async {
        let worker = DeviceWorker(device: .cpu)
        var threads: Set<UInt> = []
        for _ in 0..<200 {
            threads.insert(await worker.run { _ in Self.threadNumber })
            await Task.yield()
        }
        #expect(threads.count == 1)
        #expect(await worker.run { _ in Thread.current.name } == "darkroom.cpu")
    }

    @Test func twoWorkersHaveTwoThreads() async {
        let (first, second) = (DeviceWorker(device: .cpu), DeviceWorker(device: .cpu))
        let one = await first.run { _ in Self.threadNumber }
        let other = await second.run { _ in Self.threadNumber }
        #expect(one != other)
    }

    @Test func jobsRunOneAtATimeAndErrorsKeepTheirType() async {
        struct Broken: Error, Equatable {}
        let worker = DeviceWorker(device: .cpu)
        let room = Room()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await worker.run { _ in
                        room.enter()
                        sched_yield()
                        room.leave()
                    }
                }
            }
        }
        #expect(room.most == 1)
        await #expect(throws: Broken()) { try await worker.run { _ throws(Broken) in throw Broken() } }
    }

    /// Modes belong to a thread; work that sets one must find it gone for whoever comes next.
    @Test func modesDoNotLeakBetweenJobs() async throws {
        let worker = DeviceWorker(device: .cpu)
        let inside = try await worker.run { _ in
            try Autograd.disabled { try Tensor.ones([2]).requiringGradient().squared().requiresGradient }
        }
        let after = try await worker.run { _ in
            try Tensor.ones([2]).requiringGradient().squared().requiresGradient
        }
        #expect(!inside && after)
    }

    /// Counts who is inside.
    private final class Room: Sendable {
        private let inside = Mutex((now: 0, most: 0))
        var most: Int { inside.withLock { $0.most } }
        func enter() {
            inside.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { inside.withLock { $0.now -= 1 } }
    }

    private static var threadNumber: UInt { UInt(bitPattern: ObjectIdentifier(Thread.current).hashValue) }
}
