import Datasets
import Foundation
import Tensors

/// Changes that leave what a picture shows as it is: softness, grain, tints, mirroring.
///
/// A probe that only ever saw renders would stumble over the soft and speckled pictures that a diffusion model draws.
struct PictureAugmentation {
    /// The most that a channel is stretched or shifted, as a share of the whole range.
    static let tint = 0.12
    /// The largest standard deviation of the grain; the range of values is 2.
    static let grain = 0.2
    private let softness: Softness
    private let mirror: MirrorTable

    /// For square pictures of this many pixels a side, about which these questions are asked.
    init(resolution: Int, questions: [LabelQuestion]) throws {
        softness = try Softness(resolution: resolution)
        mirror = MirrorTable(of: questions)
    }

    /// Pictures `[batch, 3, side, side]` changed each in its own way; half of the batches are mirrored, with their labels.
    func callAsFunction(
        _ pictures: Tensor, labels: [Int64], random: inout RandomStream
    ) throws -> (pictures: Tensor, labels: [Int64]) {
        let batch = pictures.size(0)
        let device = pictures.device
        func uniform(_ shape: [Int], from low: Double, to high: Double) throws -> Tensor {
            try (random.uniform(shape).squeezed(0) * (high - low) + low).to(device)
        }
        var x = pictures
        let isMirrored = try uniform([1], from: -1, to: 1).item() > 0
        if isMirrored { x = try x.flipped(3) }
        // Half of the pictures stay sharp.
        let blur = try uniform([batch, 1, 1, 1], from: -1, to: 1).clamped(from: 0)
        x = try x + (softness(softness(x)) - x) * blur
        x =
            try x * uniform([batch, 3, 1, 1], from: 1 - Self.tint, to: 1 + Self.tint)
            + uniform([batch, 3, 1, 1], from: -Self.tint, to: Self.tint)
        let strength = try uniform([batch, 1, 1, 1], from: 0, to: 1).squared() * Self.grain
        let noise = try random.normal(pictures.shape).squeezed(0).to(device)
        x = try x.adding(noise, times: strength)
        return (x, isMirrored ? mirror.mirrored(labels) : labels)
    }
}

/// Where the answers about a picture go when it is seen in a mirror.
struct MirrorTable: Sendable {
    /// Which question's answer goes where.
    private let source: [Int]
    /// Which two answers change places.
    private let swaps: [(Int64, Int64)?]

    /// The table of a world's questions.
    ///
    /// Questions that begin with `left` and `right` exchange their answers; where left and right are answers, these are
    /// exchanged.
    init(of questions: [LabelQuestion]) {
        let (left, right) = (ScenePlace.left.rawValue, ScenePlace.right.rawValue)
        func other(_ name: String) -> String {
            if name.hasPrefix(left + " ") { return right + name.dropFirst(left.count) }
            if name.hasPrefix(right + " ") { return left + name.dropFirst(right.count) }
            return name
        }
        source = questions.indices.map { index in
            questions.firstIndex { $0.name == other(questions[index].name) } ?? index
        }
        swaps = questions.map { question in
            guard let first = question.answers.firstIndex(of: left),
                let second = question.answers.firstIndex(of: right)
            else { return nil }
            return (Int64(first), Int64(second))
        }
    }

    /// The answers, question by question and example by example, after left and right have changed places.
    func mirrored(_ labels: [Int64]) -> [Int64] {
        let count = source.count
        return labels.indices.map { place in
            let (example, question) = place.quotientAndRemainder(dividingBy: count)
            let label = labels[example * count + source[question]]
            return swaps[question].map { label == $0.0 ? $0.1 : label == $0.1 ? $0.0 : label } ?? label
        }
    }
}

/// A blur by the binomial kernel 1 2 1, both ways; edges count what is there.
private struct Softness {
    private let kernel: Tensor
    private let share: Tensor

    init(resolution: Int) throws {
        let row: [Float] = [1, 2, 1]
        kernel = try Tensor(row.flatMap { a in row.map { $0 * a / 16 } }, shape: [1, 1, 3, 3])
        share = try Tensor.ones([1, 1, resolution, resolution]).conv2d(weight: kernel, bias: nil, padding: 1)
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let planes = try x.reshaped(-1, 1, x.size(2), x.size(3))
        let soft = try planes.conv2d(weight: kernel.to(x.device), bias: nil, padding: 1) / share.to(x.device)
        return try soft.reshaped(to: x.shape)
    }
}
