import NoiseSchedules
import Testing

/// The schedules that laws are tested on, by name.
let schedules: [(name: String, schedule: any NoiseSchedule)] = {
    let made: [(String, (any NoiseSchedule)?)] = [
        ("linear", try? VariancePreserving.linear()),
        ("scaled linear", try? VariancePreserving.scaledLinear()),
        ("cosine", try? VariancePreserving.cosine()),
        ("short cosine", try? VariancePreserving.cosine(timesteps: 50)),
        ("two betas", try? VariancePreserving(betas: [0.1, 0.5])), ("flow", RectifiedFlow()),
        ("edm", try? EDMSchedule()),
    ]
    return made.compactMap { name, schedule in schedule.map { (name, $0) } }
}()

@Suite struct ScheduleLawsTests {
    @Test func everyScheduleIsThere() { #expect(schedules.count == 7) }

    @Test(arguments: schedules.indices)
    func timestepsAndLevelsInvertEachOther(index: Int) {
        let (name, schedule) = schedules[index]
        for step in 0...997 {
            let position = Double(step) / 997
            let timestep = schedule.grid.first + position * (schedule.grid.last - schedule.grid.first)
            let back = schedule.timestep(at: schedule.level(at: timestep))
            #expect(abs(back - timestep) < 1e-6 * max(1, timestep), "\(name) at \(timestep)")
        }
    }

    @Test(arguments: schedules.indices)
    func sigmaRisesStrictlyWithTheTimestep(index: Int) {
        let (name, schedule) = schedules[index]
        let sigmas = (0...2000).map { schedule.level(atPosition: Double($0) / 2000).sigma }
        #expect(zip(sigmas, sigmas.dropFirst()).allSatisfy(<), "\(name)")
    }

    @Test(arguments: schedules.indices)
    func levelsKeepTheScaleOfTheirSchedule(index: Int) {
        let (name, schedule) = schedules[index]
        for step in 0...500 {
            let level = schedule.level(atPosition: Double(step) / 500)
            let ofData = (schedule as? EDMSchedule)?.ofData ?? 1
            let scale =
                schedule is RectifiedFlow
                ? level.signal + level.noise
                : ofData * ofData * level.signal * level.signal + level.noise * level.noise
            #expect(abs(scale - 1) < 1e-12, "\(name) at \(step)")
        }
    }

    @Test(arguments: schedules.indices)
    func sigmaAloneGivesTheLevelBack(index: Int) throws {
        let (name, schedule) = schedules[index]
        for step in 0...100 {
            let level = schedule.level(atPosition: Double(step) / 100)
            let foreign = level.signal > 0 ? try NoiseLevel(signal: 1, noise: level.sigma) : level
            let own = schedule.rescaled(foreign)
            #expect(abs(own.signal - level.signal) < 1e-9 && abs(own.noise - level.noise) < 1e-9, "\(name)")
            #expect(
                abs(schedule.timestep(at: foreign) - schedule.timestep(at: level)) < 1e-6 * schedule.grid.last
            )
        }
    }

    @Test(arguments: schedules.indices)
    func timestepsBeyondTheGridAreItsEnds(index: Int) {
        let schedule = schedules[index].schedule
        #expect(schedule.level(at: 1e9) == schedule.level(at: schedule.grid.last))
        #expect(schedule.level(at: -1e9).sigma <= schedule.level(at: schedule.grid.first).sigma)
        #expect(schedule.level(at: .nan).sigma.isFinite)
    }

    @Test func wholeTimestepsHaveTheNumbersOfTheDiscreteProcess() throws {
        let schedule = try VariancePreserving(betas: [0.1, 0.2, 0.5])
        #expect(abs(schedule.alphaBar(at: 0) - 0.9) < 1e-12)
        #expect(abs(schedule.alphaBar(at: 2) - 0.9 * 0.8 * 0.5) < 1e-12)
        #expect(abs(schedule.alphaBar(at: 1.5) - 0.9 * 0.8 * 0.5.squareRoot()) < 1e-12)
    }

    @Test func levelNumbers() throws {
        let level = try NoiseLevel(signal: 0.6, noise: 0.8)
        #expect(abs(level.sigma - 4 / 3) < 1e-12)
        #expect(abs(level.logSNR + 0.5753641449) < 1e-9)
        #expect(abs(level.noiseShare - 0.5714285714) < 1e-9)
        #expect(abs(level.decibels + 2.4987747321) < 1e-9)
        #expect(NoiseLevel.pureNoise.sigma == .infinity && NoiseLevel.pureNoise.noiseShare == 1)
        #expect(NoiseLevel.clean.logSNR == .infinity && NoiseLevel.clean.noiseShare == 0)
        #expect(level.description == "(signal 0.6, noise 0.8)")
    }
}
