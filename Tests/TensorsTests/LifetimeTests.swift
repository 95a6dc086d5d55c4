import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Who frees a tensor, and when.
@Suite struct LifetimeTests {
    /// In a process of its own: the count is of all tensors, those of other tests too.
    @Test func tenThousandOperationsLeakNothing() async {
        await #expect(processExitsWith: .success) {
            Engine.threadCount = 1
            let missing = Operator("aten::no_such_thing")
            let weight = try wavy([16, 16]).to(.float32).requiringGradient()
            let narrow = try Tensor.ones([2, 16])
            let calls: [(Tensor) throws -> Void] = [
                { _ = try $0.matmul($0) }, { _ = try missing(.tensor($0)) }, { _ = try $0.reshaped(7) },
                { _ = try Tensor.stacked([$0, weight]) },
            ]
            // Ten operations, one of which fails; 64 KB a result, so that storage which stays shows in the peak.
            func round(_ index: Int) throws -> (mean: Double, failed: Bool) {
                let x = try Tensor.full([1024, 16], Double(index))
                let y = try x * 2 + x
                var failed = false
                do { try calls[index % calls.count](x) } catch is TensorError { failed = true }
                try Autograd.autocast(to: .bfloat16) { try narrow.linear(weight: weight, bias: nil) }.sum()
                    .backward()
                weight.clearGradient()
                return (try y.chunks(4, along: 0)[3].mean().item(), failed)
            }
            // The first rounds fill caches: of primitives, of threads.
            for index in 0..<50 { _ = try round(index) }
            let (tensors, memory) = (Engine.liveTensorCount, Engine.peakMemory)
            #expect(tensors == 2, "the weight and its input alone live")
            var wrong = 0
            for index in 0..<1000 {
                let (mean, failed) = try round(index)
                if mean != Double(index) * 3 || !failed { wrong += 1 }
            }
            #expect(wrong == 0)
            #expect(Engine.liveTensorCount == tensors)
            // A leak of one result a round would be 64 MB.
            #expect(Engine.peakMemory - memory < 24 << 20)
            withExtendedLifetime((weight, narrow)) {}
        }
    }

    @Test func aTensorIsCountedWhileItLives() async {
        await #expect(processExitsWith: .success) {
            let start = Engine.liveTensorCount
            func madeAndViewed() throws -> [Float] {
                let made = try Tensor.ones([2])
                #expect(Engine.liveTensorCount == start + 1)
                let view = try made.reshaped(1, 2)
                #expect(Engine.liveTensorCount == start + 2)
                return try withExtendedLifetime((made, view)) { try view.values(as: Float.self) }
            }
            #expect(try madeAndViewed() == [1, 1])
            #expect(Engine.liveTensorCount == start)
            // Made on one thread, freed on another.
            for _ in 0..<100 {
                let far = try onAnotherThread { try Tensor.ones([1000]) }
                #expect(try far.sum().item() == 1000)
            }
            #expect(Engine.liveTensorCount == start)
        }
    }

    @Test func aViewKeepsItsStorage() throws {
        func view() throws -> Tensor { try Tensor.full([4], 7).slice(1..<3) }
        let kept = try view()
        for _ in 0..<100 { _ = try Tensor.zeros([4]) }
        try expectClose(kept, [7, 7])
    }

    @Test func tensorsCrossTasks() async throws {
        let shared = try wavy([32, 32])
        let alone = try shared.matmul(shared).values(as: Double.self)
        let results = try await withThrowingTaskGroup(of: Tensor.self) { group in
            for _ in 0..<16 { group.addTask { try shared.matmul(shared) } }
            var results: [Tensor] = []
            for try await result in group { results.append(result) }
            return results
        }
        #expect(results.count == 16)
        for result in results { try expectClose(result, alone, shape: [32, 32]) }
        try expectClose(onAnotherThread { try shared.sum() }, shared.sum())
    }

    @Test func argumentsLiveThroughTheirCall() throws {
        // Every operand is a temporary whose last use is the call itself.
        for _ in 0..<200 {
            let sum = try Tensor.concatenated((0..<8).map { try Tensor.full([64], Double($0)) * 1 }).sum()
            #expect(try sum.item() == 64 * 28)
        }
    }
}
