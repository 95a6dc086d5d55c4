import Foundation
import NoiseSchedules
import Testing

/// Numbers of diffusers, made by Scripts/make-fixtures/samplers.py.
struct ScheduleFixture: Decodable {
    let alphaBar: [String: [String: Double]]
    let timesteps: [String: [String: [Double]]]
    let karras: [String: [Double]]

    static func load() throws -> ScheduleFixture {
        let url = try #require(
            Bundle.module.url(forResource: "schedules", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(ScheduleFixture.self, from: Data(contentsOf: url))
    }
}

@Suite struct ReferenceNumbersTests {
    @Test(arguments: ["linear", "scaled_linear", "cosine"])
    func alphaBarIsTheReferences(name: String) throws {
        let schedule: VariancePreserving =
            switch name {
            case "linear": try .linear()
            case "scaled_linear": try .scaledLinear()
            default: try .cosine()
            }
        let expected = try #require(ScheduleFixture.load().alphaBar[name])
        #expect(expected.count == 9)
        for (timestep, value) in expected {
            let timestep = try #require(Double(timestep))
            // The reference multiplies a thousand factors in single precision.
            #expect(abs(schedule.alphaBar(at: timestep) / value - 1) < 3e-5, "timestep \(timestep)")
        }
    }

    @Test(arguments: ["leading", "trailing", "linspace"])
    func timestepsAreTheReferences(name: String) throws {
        let spacing: any TimestepSpacing =
            switch name {
            case "leading": LeadingSpacing()
            case "trailing": TrailingSpacing()
            default: LinspaceSpacing()
            }
        let grid = try VariancePreserving.scaledLinear().grid
        let expected = try #require(ScheduleFixture.load().timesteps[name])
        #expect(expected.count >= 6)
        for (steps, values) in expected {
            let ours = try spacing.timesteps(steps: try #require(Int(steps)), on: grid)
            #expect(zip(ours, values).allSatisfy { abs($0 - $1) < 1e-3 }, "\(steps) steps")
            #expect(ours.count == Int(steps))
        }
    }

    @Test func karrasSigmasAreTheReferences() throws {
        let schedule = try VariancePreserving.scaledLinear()
        for (steps, values) in try ScheduleFixture.load().karras {
            let ours = try KarrasSpacing().levels(steps: try #require(Int(steps)), over: schedule).map(
                \.sigma)
            #expect(ours.count == values.count)
            #expect(zip(ours, values).allSatisfy { abs($0 - $1) <= 2e-5 * max($1, 0.01) }, "\(steps) steps")
        }
    }
}
