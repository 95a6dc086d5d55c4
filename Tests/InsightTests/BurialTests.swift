import Images
import NoiseSchedules
import Tensors
import Testing

@testable import Insight

@Suite("A picture buried in noise")
struct BurialTests {
    /// A picture with some structure, 24 × 20.
    static func picture() throws -> Image {
        let samples = (0..<24 * 20 * 3).map { index in
            let (row, place) = index.quotientAndRemainder(dividingBy: 72)
            return UInt8((place * 7 + row * 31) % 256)
        }
        return try Image(width: 24, height: 20, channels: 3, pixels: samples)
    }
    static func schedules() throws -> [any NoiseSchedule] {
        [
            try VariancePreserving.cosine(), try VariancePreserving.linear(),
            try VariancePreserving.scaledLinear(),
            RectifiedFlow(),
        ]
    }

    @Test("Both ways have the noise that the schedule says, at every stage and for every schedule")
    func signalToNoise() throws {
        for schedule in try Self.schedules() {
            let burial = try Burial(of: Self.picture(), schedule: schedule, stages: 9, seed: 1)
            #expect(burial.stages.count == 9)
            #expect(burial.chainLength == 1000)
            for (stage, report) in zip(burial.stages, burial.report.stages).dropFirst() {
                // 1,440 values: the deviation of the measured noise is 1.9 %.
                let (stepwise, stroke) = stage.measuredNoise
                #expect(abs(stepwise / stage.level.noise - 1) < 0.1, "\(stage.level)")
                #expect(abs(stroke / stage.level.noise - 1) < 0.1, "\(stage.level)")
                guard stage.level.signal > 0 else {
                    #expect(report.decibels == nil && report.stepwiseDecibels == nil)
                    continue
                }
                let expected = try #require(report.decibels)
                #expect(abs(expected - stage.level.decibels) < 1e-12)
                #expect(abs(try #require(report.stepwiseDecibels) - expected) < 1)
                #expect(abs(try #require(report.closedFormDecibels) - expected) < 1)
            }
            let decibels = burial.report.stages.dropFirst().compactMap(\.decibels)
            #expect(decibels == decibels.sorted(by: >), "noise only grows")
            #expect(Set(decibels).count == decibels.count)
        }
    }

    @Test("The first stage is the picture itself, the last one nothing but noise")
    func ends() throws {
        let picture = try Self.picture()
        let burial = try Burial(of: picture, schedule: RectifiedFlow(), stages: 5, seed: 0)
        #expect(burial.stages[0].stepwise == picture && burial.stages[0].closedForm == picture)
        #expect(burial.stages[0].timestep == nil)
        #expect(burial.stages[4].timestep == 1000 && burial.stages[4].level.signal == 0)
        #expect(burial.report.stages[0].decibels == nil && burial.report.stages[4].alphaBar == nil)
        let cosine = try Burial(of: picture, schedule: VariancePreserving.cosine(), stages: 3, seed: 0)
        #expect(cosine.stages.map(\.timestep) == [nil, 499, 999])
        #expect(abs(try #require(cosine.report.stages[1].alphaBar) - 0.4938) < 1e-3)
    }

    @Test("The same seed gives the same noise; the two ways have noise of their own")
    func determinism() throws {
        let picture = try Self.picture()
        let schedule = try VariancePreserving.cosine(timesteps: 50)
        let first = try Burial(of: picture, schedule: schedule, stages: 4, seed: 9)
        let second = try Burial(of: picture, schedule: schedule, stages: 4, seed: 9)
        let other = try Burial(of: picture, schedule: schedule, stages: 4, seed: 10)
        #expect(first.stages.map(\.stepwise) == second.stages.map(\.stepwise))
        #expect(first.stages.map(\.closedForm) == second.stages.map(\.closedForm))
        #expect(first.stages[3].stepwise != other.stages[3].stepwise)
        #expect(first.stages[3].stepwise != first.stages[3].closedForm)
    }

    @Test("Strip and animation show as many pictures as asked for")
    func pictures() throws {
        let burial = try Burial(
            of: Self.picture(), schedule: VariancePreserving.linear(timesteps: 40),
            stages: Burial.stageCount(columns: 3), seed: 0)
        #expect(burial.stages.count == 9)
        let strip = try burial.strip(columns: 3)
        let narrow = try burial.strip(columns: 2)
        #expect(strip.width > narrow.width)
        #expect(try burial.strip(columns: 1000).width > strip.width)
        let animation = try burial.animation()
        #expect(animation.frames.count == 9)
        #expect(animation.frames[0].image != animation.frames[8].image)
    }

    @Test("Large pictures are made to fit, small ones and grey ones stay as they are")
    func fitting() throws {
        let large = try Image(width: 1000, height: 500)
        #expect(try Burial.fitted(large).width == 192)
        let small = try Self.picture()
        #expect(try Burial.fitted(small) == small)
        let gray = try Image(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 90, count: 64))
        let burial = try Burial(of: gray, schedule: RectifiedFlow(), stages: 2, seed: 0)
        #expect(burial.stages[0].stepwise == gray.rgb())
    }

    @Test("A number of stages out of range is explained", arguments: [-1, 0, 1, 257])
    func refusals(count: Int) throws {
        #expect(throws: InsightError.outOfRange(what: "stages", found: "\(count)", allowed: "2 to 256")) {
            try Burial(of: Self.picture(), schedule: RectifiedFlow(), stages: count, seed: 0)
        }
    }
}
