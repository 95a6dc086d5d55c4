import Foundation
import Images
import Tensors
import Testing

@testable import Insight

@Suite("Walks between conditionings")
struct WalkTests {
    static func ends() throws -> (Tensor, Tensor) {
        var random = try RandomStream(seed: 4)
        return (try random.normal([5, 16]), try random.normal([5, 16]) * 3)
    }

    @Test("Both ways begin and end exactly at the ends", arguments: Interpolation.allCases)
    func ends(way: Interpolation) throws {
        let (a, b) = try Self.ends()
        let path = try ConditioningWalk.conditionings(from: a, to: b, frames: 5, by: way)
        #expect(path.count == 5)
        #expect(try path[0].bytes() == a.bytes() && path[4].bytes() == b.bytes())
        #expect(path.allSatisfy { $0.shape == [1, 5, 16] })
    }

    @Test("The straight line's middle is the mean")
    func linear() throws {
        let (a, b) = try Self.ends()
        let middle = try Interpolation.linear.between(a, b, share: 0.5)
        let gap = try (middle - (a + b) / 2).magnitude().maximum(0, 1, 2).item()
        #expect(gap < 1e-6)
    }

    @Test("The turn keeps the lengths between those of the ends and the angle in proportion")
    func spherical() throws {
        let (a, b) = try Self.ends()
        let way = try Interpolation.spherical.between(a, b, share: 0.25)
        let (la, lb) = (try a.norm(-1).values(as: Float.self), try b.norm(-1).values(as: Float.self))
        let length = try way.norm(-1).values(as: Float.self)
        let dots = try (a * b).sum(-1).values(as: Float.self),
            partial = try (a * way).sum(-1).values(as: Float.self)
        for token in 0..<5 {
            #expect(abs(length[token] - (0.75 * la[token] + 0.25 * lb[token])) < 1e-3 * length[token])
            let whole = acos(dots[token] / la[token] / lb[token])
            #expect(abs(acos(partial[token] / la[token] / length[token]) - 0.25 * whole) < 1e-3)
        }
        // The straight line is shorter in the middle than the turn.
        let straight = try Interpolation.linear.between(a, a * -0.5 + b, share: 0.5).norm(-1).values(
            as: Float.self)
        let turned = try Interpolation.spherical.between(a, a * -0.5 + b, share: 0.5).norm(-1).values(
            as: Float.self)
        #expect(zip(straight, turned).allSatisfy { $0 < $1 })
    }

    @Test("Zero, parallel and opposite tokens give numbers")
    func degenerate() throws {
        let a = try Tensor([0, 0, 1, 0, 1, 0, 2, 0] as [Float], shape: [1, 4, 2])
        let b = try Tensor([1, 1, 2, 0, -1, 0, 0, 0] as [Float], shape: [1, 4, 2])
        let middle = try Interpolation.spherical.between(a, b, share: 0.5).values(as: Float.self)
        #expect(middle == [0.5, 0.5, 1.5, 0, 0, 0, 1, 0])
    }

    @Test("Half precision stays half precision")
    func precision() throws {
        let (a, b) = try Self.ends()
        let middle = try Interpolation.spherical.between(a.to(.bfloat16), b.to(.bfloat16), share: 0.5)
        #expect(middle.dtype == .bfloat16)
    }

    /// A picture whose brightness is the first number of the conditioning.
    private func draw(_ conditioning: Tensor, _ index: Int) throws -> Image {
        let level = try UInt8(min(max(conditioning.reshaped(-1).selected(0).item(), 0), 255))
        return try Image(width: 8, height: 8, fill: (level, level, level))
    }

    @Test("A walk draws each picture once, in order, and measures the steps")
    func walk() throws {
        let a = try Tensor.full([1, 2, 4], 0), b = try Tensor.full([1, 2, 4], 255)
        var seen: [Int] = []
        let walk = try ConditioningWalk(from: a, to: b, frames: 6, by: .linear) { conditioning, index in
            seen.append(index)
            return try draw(conditioning, index)
        }
        #expect(seen == Array(0..<6))
        let report = walk.report
        #expect(report.shares == [0, 0.2, 0.4, 0.6, 0.8, 1].map { $0 })
        #expect(report.neighbours.count == 5)
        #expect(report.neighbours.allSatisfy { abs($0 - 0.2) < 1e-9 })
        #expect(report.ends == 1 && report.fromStart[0] == 0 && report.toEnd[5] == 0)
        #expect(abs(report.unevenness - 1) < 1e-9)
        let animation = try walk.animation(from: "dark", to: "light")
        #expect(animation.frames.count == 10, "there and back, the ends once")
        #expect(animation.frames[1].image == animation.frames[9].image)
        let strip = try walk.strip(from: "dark", to: "light")
        #expect(strip.width > 6 * 192)
    }

    @Test("Walks without sense are explained")
    func refusals() throws {
        let (a, _) = try Self.ends()
        let short = try a.slice(0..<4, along: 1)
        #expect(throws: InsightError.conditioningMismatch(from: [1, 5, 16], to: [1, 4, 16])) {
            try Interpolation.linear.between(a, short, share: 0.5)
        }
        for count in [-3, 0, 1, 241] {
            #expect(throws: InsightError.outOfRange(what: "frames", found: "\(count)", allowed: "2 to 240")) {
                try ConditioningWalk(from: a, to: a, frames: count) { _, _ in try Image(width: 1, height: 1) }
            }
        }
        #expect(throws: ImageError.self) {
            try ConditioningWalk(frames: [
                .init(share: 0, image: Image(width: 4, height: 4)),
                .init(share: 1, image: Image(width: 5, height: 4)),
            ])
        }
    }

    @Test("Two pictures are a walk; a strip of many breaks into rows")
    func extremes() throws {
        let image = try Image(width: 8, height: 8)
        let two = try ConditioningWalk(frames: [.init(share: 0, image: image), .init(share: 1, image: image)])
        #expect(try two.animation(from: "a", to: "b").frames.count == 2)
        #expect(two.report.unevenness == 1)
        let many = try ConditioningWalk(frames: (0..<23).map { .init(share: Double($0) / 22, image: image) })
        #expect(try many.strip(from: "a", to: "b").height > 3 * 192)
    }
}
