import TestSupport
import Testing

@testable import Tensors

/// Values in, values out, and the types between.
@Suite struct ValueTests {
    /// What three ones are in memory, by type.
    static let ones: [(dtype: DType, bytes: [UInt8])] = [
        (.uint8, [1]), (.int8, [1]), (.bool, [1]), (.int16, [1, 0]), (.int32, [1, 0, 0, 0]),
        (.int64, [1, 0, 0, 0, 0, 0, 0, 0]), (.float16, [0, 0x3c]), (.bfloat16, [0x80, 0x3f]),
        (.float32, [0, 0, 0x80, 0x3f]), (.float64, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
    ]
    @Test func everyTypeHasItsBytes() throws {
        #expect(Set(Self.ones.map(\.dtype)) == Set(DType.allCases))
        for (dtype, bytes) in Self.ones {
            let made = try Tensor.ones([3], dtype: dtype)
            #expect(made.dtype == dtype)
            #expect(dtype.byteCount == bytes.count)
            #expect(try made.bytes() == bytes + bytes + bytes, "\(dtype)")
            let back = try (bytes + bytes).withUnsafeBytes {
                try Tensor(bytes: $0, shape: [2, 1], dtype: dtype)
            }
            #expect(back.dtype == dtype && back.shape == [2, 1])
            #expect(try back.values(as: Double.self) == [1, 1], "\(dtype)")
        }
    }
    @Test func typesHaveShortNames() {
        let names = DType.allCases.map(\.description)
        #expect(names == ["u8", "i8", "i16", "i32", "i64", "fp16", "fp32", "fp64", "bool", "bf16"])
        #expect(DType.allCases.filter(\.isFloatingPoint) == [.float16, .float32, .float64, .bfloat16])
    }

    @Test func swiftArraysTravelBothWays() throws {
        func travels<Element: TensorElement & Equatable>(_ values: [Element]) throws {
            let made = try Tensor(values, shape: [values.count])
            #expect(made.dtype == Element.dtype)
            #expect(try made.values(as: Element.self) == values)
        }
        try travels([0, 255, 7] as [UInt8])
        try travels([-128, 127] as [Int8])
        try travels([.min, .max] as [Int32])
        try travels([.min, .max, 1 << 53 + 1] as [Int64])
        try travels([.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude] as [Float])
        try travels([.greatestFiniteMagnitude, .pi, -.infinity] as [Double])
        try travels([] as [Float])
    }

    @Test func readingConverts() throws {
        let x = try tensor(1.5, -2.25, 200)
        #expect(try x.values(as: Double.self) == [1.5, -2.25, 200])
        #expect(try x.values(as: Int64.self) == [1, -2, 200])
        #expect(try x.to(.bfloat16).values(as: Float.self) == [1.5, -2.25, 200])
        #expect(
            try counting(2, 3).transposed(0, 1).values(as: Float.self) == [0, 3, 1, 4, 2, 5], "row-major")
    }

    @Test func anItemIsTheOneElement() throws {
        #expect(try tensor(2.5, shape: [1, 1]).item() == 2.5)
        #expect(try Tensor([-7] as [Int64], shape: []).item() == -7)
        #expect(try tensor(3).isEqual(to: 3).item() == 1)
    }
}
