import TestSupport
import Testing

@testable import Tensors

@Suite struct ShapeTests {
    private static func x() throws -> Tensor { try counting(2, 3) }

    static let rows: [Row] = [
        Row("reshaped", [0, 1, 2, 3, 4, 5], [3, 2]) { try x().reshaped(3, 2) },
        Row("reshaped(to:), one size open", [0, 1, 2, 3, 4, 5], [6, 1]) { try x().reshaped(to: [-1, 1]) },
        Row("transposed", [0, 3, 1, 4, 2, 5], [3, 2]) { try x().transposed(0, 1) },
        Row("transposed, from the end", [0, 3, 1, 4, 2, 5], [3, 2]) { try x().transposed(-1, -2) },
        Row("permuted", [0, 4, 2, 6, 1, 5, 3, 7], [2, 2, 2]) { try counting(2, 2, 2).permuted(2, 1, 0) },
        Row("expanded", [1, 1, 2, 2], [2, 2]) { try tensor(1, 2, shape: [2, 1]).expanded(-1, 2) },
        Row("squeezed", [1, 2]) { try tensor(1, 2, shape: [2, 1]).squeezed(1) },
        Row("unsqueezed", [1, 2], [1, 2]) { try tensor(1, 2).unsqueezed(0) },
        Row("unsqueezed at the end", [1, 2], [2, 1]) { try tensor(1, 2).unsqueezed(-1) },
        Row("flattened", [0, 1, 2, 3, 4, 5]) { try x().flattened() },
        Row("flattened in part", [0, 1, 2, 3, 4, 5, 6, 7], [4, 2]) {
            try counting(2, 2, 2).flattened(through: 1)
        },
        Row("concatenated", [0, 1, 2, 3, 4, 5, 9, 9, 9], [3, 3]) {
            try .concatenated([x(), .full([1, 3], 9)])
        },
        Row("concatenated along", [0, 1, 2, 9, 3, 4, 5, 9], [2, 4]) {
            try .concatenated([x(), .full([2, 1], 9)], along: 1)
        },
        Row("stacked", [1, 2, 3, 4], [2, 2]) { try .stacked([tensor(1, 2), tensor(3, 4)]) },
        Row("stacked along", [1, 3, 2, 4], [2, 2]) { try .stacked([tensor(1, 2), tensor(3, 4)], along: -1) },
        Row("slice", [1, 2, 4, 5], [2, 2]) { try x().slice(1..<3, along: 1) },
        Row("slice beyond the end", [3, 4, 5], [1, 3]) { try x().slice(1..<9) },
        Row("selected", [3, 4, 5]) { try x().selected(1) },
        Row("selected along", [2, 5]) { try x().selected(-1, along: 1) },
        Row("gathered", [2, 0, 2, 5, 3, 5], [2, 3]) {
            try x().gathered(.indices([2, 0, 2], shape: [3]), along: 1)
        },
        Row("repeated", [1, 1, 2, 2]) { try tensor(1, 2).repeated(2) },
        Row("flipped", [5, 4, 3, 2, 1, 0], [2, 3]) { try x().flipped(0, 1) },
        Row("pixelUnshuffled", [0, 2, 1, 3, 4, 6, 5, 7], [1, 4, 1, 2]) {
            try tensor(0, 1, 2, 3, 4, 5, 6, 7, shape: [1, 1, 2, 4]).pixelUnshuffled(2)
        },
        Row("pixelShuffled", [0, 1, 2, 3], [1, 1, 2, 2]) { try counting(1, 4, 1, 1).pixelShuffled(2) },
        Row("contiguous", [0, 3, 1, 4, 2, 5], [3, 2]) { try x().transposed(0, 1).contiguous() },
        Row("zeros", [0, 0], [2]) { try .zeros([2]) },
        Row("ones", [1, 1], [2, 1]) { try .ones([2, 1]) },
        Row("full", [2.5, 2.5], [1, 2]) { try .full([1, 2], 2.5) },
        Row("full, a scalar", [7], []) { try .full([], 7) },
        Row("nothing", [], [0, 3]) { try .ones([0, 3]) },
        Row("range", [1, 1.5, 2, 2.5]) { try .range(from: 1, to: 3, by: 0.5) },
        Row("indices", [3, 1, 2, 0], [2, 2]) { try .indices([3, 1, 2, 0], shape: [2, 2]) },
    ]
    @Test(arguments: rows) func equalsItsLiteral(_ row: Row) throws { try row.check() }

    @Test func chunksAreEqualParts() throws {
        let halves = try counting(2, 4).chunks(2, along: -1)
        #expect(halves.map(\.shape) == [[2, 2], [2, 2]])
        try expectClose(halves[1], [2, 3, 6, 7], shape: [2, 2])
        #expect(try counting(5).chunks(3, along: 0).map(\.count) == [2, 2, 1])
        #expect(try counting(2).chunks(9_000_000_000_000_000_000, along: 0).map(\.count) == [1, 1])
    }

    @Test func spaceToDepthIsUndoneByDepthToSpace() throws {
        let picture = try counting(2, 3, 4, 6)
        let deep = try picture.pixelUnshuffled(2)
        #expect(deep.shape == [2, 12, 2, 3])
        try expectClose(deep.pixelShuffled(2), picture)
    }

    @Test func channelsLastIsAnOrderInMemoryOnly() throws {
        let picture = try counting(2, 3, 4, 4)
        let last = try picture.channelsLast()
        #expect(last.isChannelsLast && !picture.isChannelsLast)
        #expect(try !last.contiguous().isChannelsLast)
        try expectClose(last, picture)
        #expect(try last.bytes() == picture.bytes(), "bytes are row-major whatever the order in memory")
    }

    @Test func sizesCountFromBothEnds() throws {
        let x = try counting(2, 3, 4)
        #expect((x.rank, x.count) == (3, 24))
        #expect((-4...3).map(x.size) == [0, 2, 3, 4, 2, 3, 4, 0])
        #expect(try Tensor.full([], 1).shape.isEmpty)
        #expect(x.description == "fp32[2, 3, 4] on cpu")
    }

    /// `aten::detach` and `to` of the same type share storage: nothing is copied, and nothing changes.
    @Test func conversionsKeepWhatCanBeKept() throws {
        let x = try tensor(1.25, -2.75, 300, 0)
        #expect(try x.to(.float64).dtype == .float64)
        #expect(try x.to(.cpu, .int32).values(as: Int32.self) == [1, -2, 300, 0])
        #expect(try x.to(.bool).values(as: UInt8.self) == [1, 1, 1, 0])
        #expect(try x.to(.cpu).values(as: Double.self) == [1.25, -2.75, 300, 0])
        #expect(try x.detached().values(as: Float.self) == [1.25, -2.75, 300, 0])
    }
}
