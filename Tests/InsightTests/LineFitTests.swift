import Images
import Testing

@testable import Insight

@Suite("A line fitted point by point")
struct LineFitTests {
    @Test("One update is w − α·d·x")
    func oneUpdate() throws {
        let problem = try LineProblem([.init(x: 2, y: 3), .init(x: -1, y: 0.5)])
        let fit = try LineFit(problem, alpha: 0.1, epochs: 1, start: 0.5)
        // d = 0.5·2 − 3 = −2, so w becomes 0.5 + 0.1·2·2 = 0.9; then d = −0.9 − 0.5 = −1.4, w = 0.9 − 0.14.
        #expect(abs(fit.weights[1] - 0.9) < 1e-15)
        #expect(abs(fit.weights[2] - 0.76) < 1e-15)
        #expect(fit.updates == 2)
        #expect(problem.leastSquares == 5.5 / 5)
    }

    @Test("The closed form has the least error of all slopes", arguments: [0, 7, 123])
    func leastSquares(seed: Int) throws {
        let problem = try LineProblem(seed: UInt64(seed))
        let least = problem.meanSquaredError(at: problem.leastSquares)
        for offset in [-0.5, -0.01, 0.01, 0.5] {
            #expect(problem.meanSquaredError(at: problem.leastSquares + offset) > least)
        }
    }

    @Test("After enough passes the learnt slope is that of least squares, the nearer the smaller α")
    func agreesWithLeastSquares() throws {
        let problem = try LineProblem(seed: 3)
        var gaps: [Double] = []
        for alpha in [0.1, 0.01, 0.001] {
            let fit = try LineFit(problem, alpha: alpha, epochs: Int(60 / alpha) / 40)
            let limit = try #require(problem.limit(alpha: alpha))
            #expect(abs(fit.weight - limit) < 1e-6)
            #expect(!fit.isLost)
            gaps.append(abs(fit.weight - problem.leastSquares))
        }
        #expect(gaps[0] < 0.05)
        #expect(gaps[1] < gaps[0] / 3)
        #expect(gaps[2] < 1e-3)
        #expect(try LineFit(problem).report().difference.magnitude < 0.05)
    }

    @Test("Beyond the largest α each pass leads farther away, below it nearer", arguments: [0, 1, 2, 3])
    func divergence(seed: Int) throws {
        let problem = try LineProblem(seed: UInt64(seed))
        let largest = problem.largestAlpha
        #expect(abs(problem.pass(alpha: largest * 0.999).factor) < 1)
        #expect(abs(problem.pass(alpha: largest * 1.001).factor) > 1)
        #expect(problem.limit(alpha: largest * 1.01) == nil)
        let lost = try LineFit(problem, alpha: largest * 1.3, epochs: 2000)
        #expect(lost.isLost)
        #expect(lost.updates < 2000 * problem.examples.count)
        #expect(try LineFit(problem, alpha: largest * 0.8, epochs: 500).isLost == false)
        let report = try lost.report()
        #expect(report.isLost && report.limit == nil && abs(report.factorPerEpoch) > 1)
        let areFinite = report.weights.allSatisfy { $0.isFinite }
        #expect(areFinite, "JSON knows no infinity")
    }

    @Test("With one x, the bound is 2 / x²: |1 − α·x²| < 1")
    func exactBound() throws {
        let problem = try LineProblem([.init(x: 2, y: 1), .init(x: 2, y: 3)])
        #expect(abs(problem.largestAlpha - 0.5) < 1e-3)
        let pass = problem.pass(alpha: 0.6)
        #expect(abs(pass.factor - (1 - 0.6 * 4) * (1 - 0.6 * 4)) < 1e-12)
    }

    @Test("The same seed gives the same cloud, slopes and pictures; another seed others")
    func determinism() throws {
        let first = try LineFit(LineProblem(seed: 5)), second = try LineFit(LineProblem(seed: 5))
        #expect(first.weights == second.weights)
        #expect(try first.still() == second.still())
        #expect(try LineFit(LineProblem(seed: 6)).weights != first.weights)
    }

    @Test("The animation has the frames asked for and ends where the fit ends")
    func animation() throws {
        let fit = try LineFit(LineProblem(seed: 0, count: 10), epochs: 2)
        #expect(fit.shownUpdates(8) == [0, 1, 2, 4, 7, 10, 15, 20])
        #expect(fit.shownUpdates(100) == Array(0...20))
        let animation = try fit.animation(frames: 8)
        #expect(animation.frames.count == 8)
        #expect(animation.frames[7].milliseconds == 3000)
        #expect(Set(animation.frames.map(\.image)).count == 8)
        #expect(throws: InsightError.outOfRange(what: "frames", found: "1", allowed: "2 to 1,000")) {
            try fit.animation(frames: 1)
        }
    }

    @Test("A lost line can be drawn")
    func lostPictures() throws {
        let fit = try LineFit(LineProblem(seed: 0), alpha: 1e6)
        #expect(fit.isLost && fit.updates >= 1)
        _ = try fit.still()
        _ = try fit.animation(frames: 4)
        #expect(fit.terminalFrames().count == fit.updates + 1)
    }

    @Test("The terminal's frames are equally high and within the width")
    func terminal() throws {
        let fit = try LineFit(LineProblem(seed: 0))
        let frames = fit.terminalFrames(30, columns: 40, rows: 12, colored: false)
        #expect(frames.count == 30)
        for frame in frames {
            let lines = frame.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 15 && lines.last == "")
            #expect(lines.allSatisfy { $0.count <= 40 })
            #expect(!frame.contains("\u{1B}"))
        }
        #expect(Set(frames).count > 20)
        #expect(fit.terminalFrames(3, colored: true)[1].contains("\u{1B}[9"))
    }

    @Test("Numbers out of range are explained")
    func refusals() throws {
        let problem = try LineProblem(seed: 0)
        for alpha in [0, -1, .nan, .infinity] {
            #expect(throws: InsightError.self) { try LineFit(problem, alpha: alpha) }
        }
        #expect(throws: InsightError.outOfRange(what: "epochs", found: "0", allowed: "1 to 10,000")) {
            try LineFit(problem, epochs: 0)
        }
        #expect(throws: InsightError.self) { try LineFit(problem, epochs: Int.max) }
        #expect(throws: InsightError.self) { try LineFit(LineProblem(seed: 0, count: 10_000), epochs: 101) }
        #expect(throws: InsightError.self) { try LineFit(problem, start: .nan) }
        for count in [Int.min, 1, 10_001] {
            #expect(throws: InsightError.self) { try LineProblem(seed: 0, count: count) }
        }
        #expect(throws: InsightError.self) { try LineProblem([.init(x: 0, y: 1), .init(x: 0, y: 2)]) }
        #expect(throws: InsightError.self) { try LineProblem([.init(x: .nan, y: 1), .init(x: 0, y: 2)]) }
    }
}
