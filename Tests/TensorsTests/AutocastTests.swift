import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct AutocastTests {
    private static func leaf() throws -> Tensor { try wavy([4, 4]).to(.float32).requiringGradient() }

    @Test func productsComputeInTheLowerType() throws {
        let (weight, x) = try (Self.leaf(), wavy([2, 4], phase: 3).to(.float32))
        let exact = try x.linear(weight: weight, bias: nil)
        let before: [Float] = try weight.values()
        let found = try Autograd.autocast(to: .bfloat16) {
            let product = try x.linear(weight: weight, bias: nil)
            #expect(product.dtype == .bfloat16)
            #expect(try x.matmul(weight).dtype == .bfloat16)
            let picture = try wavy([1, 4, 3, 3]).to(.float32)
            #expect(try picture.conv2d(weight: weight.reshaped(4, 4, 1, 1), bias: nil).dtype == .bfloat16)
            #expect(try (x + 1).dtype == .float32, "sums keep their type")
            #expect(try product.softmax(along: -1).dtype == .bfloat16, "softmax keeps its operand's type")
            #expect(try x.softmax(along: -1).dtype == .float32)
            #expect(try product.layerNorm().dtype == .bfloat16)
            return product
        }
        #expect(exact.dtype == .float32)
        try expectClose(found.to(.float32), exact.detached(), Tolerance(relative: 0.02))
        try found.to(.float32).sum().backward()
        #expect(weight.dtype == .float32 && weight.gradient?.dtype == .float32)
        #expect(try weight.values(as: Float.self) == before, "leaves are as before")
    }

    @Test func scopesNestAndEnd() throws {
        let (weight, x) = try (Self.leaf(), wavy([2, 4]).to(.float32))
        func type() throws -> DType { try x.linear(weight: weight, bias: nil).dtype }
        #expect(try type() == .float32)
        try Autograd.autocast(to: .bfloat16) {
            #expect(try type() == .bfloat16)
            // The same leaf in another type: what was kept of the first cast must not be found.
            try Autograd.autocast(to: .float16) { try #expect(type() == .float16) }
            #expect(try type() == .bfloat16)
            try Autograd.autocast(to: .bfloat16) { try #expect(type() == .bfloat16) }
            try Autograd.autocast(to: nil) { try #expect(type() == .bfloat16, "nil changes nothing") }
        }
        #expect(try type() == .float32)
        #expect(throws: AutogradTests.Stop.self) {
            try Autograd.autocast(to: .bfloat16) { throw AutogradTests.Stop() }
        }
        #expect(try type() == .float32, "also when the closure throws")
        #expect(try Autograd.autocast(to: nil) { try type() } == .float32)
    }

    @Test func anotherThreadIsNotConcerned() throws {
        let (weight, x) = try (Self.leaf(), wavy([2, 4]).to(.float32))
        let found = try Autograd.autocast(to: .bfloat16) {
            try onAnotherThread { try x.linear(weight: weight, bias: nil).dtype }
        }
        #expect(found == .float32)
    }
}
