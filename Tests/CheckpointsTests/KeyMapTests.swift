import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct KeyMapTests {
    private typealias Rule = KeyMap.Rule

    @Test func placeholdersStandForWholeComponents() {
        let map = KeyMap([Rule("a.*.b.*", "x.*.y.*"), Rule("r.**", "s.t.**"), Rule("one", "two")])
        func inner(_ name: String) -> [String] { map.inner(of: name).map(\.inner) }
        #expect(inner("a.1.b.weight") == ["x.1.y.weight"])
        #expect(inner("a.1.b") == [] && inner("a.1.b.c.d") == [] && inner("a.1.c.weight") == [])
        #expect(inner("r.q") == ["s.t.q"] && inner("r.q.p.o") == ["s.t.q.p.o"] && inner("r") == [])
        #expect(inner("one") == ["two"] && inner("ones") == [] && inner("") == [])
        #expect(map.stored(of: "x.10.y.bias")?.stored == "a.10.b.bias")
        #expect(map.stored(of: "s.t.a.b")?.stored == "r.a.b")
        #expect(map.stored(of: "s.t") == nil)
        #expect(map.prefixed("p.q.").inner(of: "p.q.one").map(\.inner) == ["two"])
        // What looks like a placeholder in a file is a name like others.
        #expect(inner("a.*.b.**") == ["x.*.y.**"])
    }

    @Test func theMostParticularRuleCounts() {
        let map = KeyMap([
            Rule("a.**", "rest.**"), Rule("a.*.w", "any.*"), Rule("a.b.w", "exact"), Rule("a.b.*", "b.*"),
        ])
        #expect(map.inner(of: "a.b.w").map(\.inner) == ["exact"])
        #expect(map.inner(of: "a.c.w").map(\.inner) == ["any.c"])
        #expect(map.inner(of: "a.b.v").map(\.inner) == ["b.v"])
        #expect(map.inner(of: "a.c.v").map(\.inner) == ["rest.c.v"])
    }

    @Test func changesLeadBack() throws {
        let fused = try Tensor.range(to: 18).reshaped(6, 3)
        let parts = try (0..<3).map { index in
            let change = KeyMap.Change.part(index, of: 3)
            #expect(change.shape(of: [6, 3]) == [2, 3])
            return (tensor: try change.applied(to: fused), change: change)
        }
        try expectClose(parts[1].tensor, [6, 7, 8, 9, 10, 11], shape: [2, 3])
        try expectClose(#require(try KeyMap.Change.undone(parts.reversed())), fused)
        #expect(try KeyMap.Change.undone(Array(parts.dropLast())) == nil)
        let turned = try KeyMap.Change.transposed.applied(to: fused)
        #expect(KeyMap.Change.transposed.shape(of: [6, 3]) == [3, 6] && turned.shape == [3, 6])
        try expectClose(#require(try KeyMap.Change.undone([(turned, .transposed)])), fused)
        let kernel = try fused.reshaped(6, 3, 1, 1)
        #expect(KeyMap.Change.kernelToMatrix.shape(of: [6, 3, 1, 1]) == [6, 3])
        let matrix = try KeyMap.Change.kernelToMatrix.applied(to: kernel)
        try expectClose(matrix, fused)
        try expectClose(#require(try KeyMap.Change.undone([(matrix, .kernelToMatrix)])), kernel)
        for (change, shape) in [
            (KeyMap.Change.part(0, of: 3), [4, 3]), (.part(0, of: 3), []), (.transposed, [3]),
            (.kernelToMatrix, [3, 3, 3, 3]),
        ] { #expect(change.shape(of: shape) == nil) }
    }
}
