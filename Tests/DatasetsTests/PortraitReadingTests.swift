import Testing

@testable import Datasets

@Suite struct PortraitReadingTests {
    /// Labels become the portrait that they describe; the colour of hair that nobody sees is free.
    @Test(arguments: SceneSplit.allCases) func labelsAreReadBack(split: SceneSplit) throws {
        let world = try PortraitWorld(WorldOptions(seed: 5, split: split))
        for index in 0..<1_000 {
            let portrait = world.portrait(at: index).attributes
            var read = PortraitAttributes(answers: portrait.labels)
            if !portrait.showsHairColour { read.hairColour = portrait.hairColour }
            #expect(read == portrait, "\(index)")
            let record = WorldRecord.portrait(portrait)
            #expect((split == .heldout) == !record.heldOutCombinations.isEmpty)
            #expect(record.heldOutCombinations.allSatisfy { record.shows($0, in: portrait.labels) })
        }
    }

    @Test func anyNumbersMakeAPortrait() {
        for answers in [[], [99], Array(repeating: -1, count: 30), Array(repeating: 2, count: 15)] {
            let read = PortraitAttributes(answers: answers)
            #expect(read.labels.count == PortraitLabels.questions.count)
        }
    }

    /// The picture alone is that of the painting, in every world that needs nothing installed.
    @Test(arguments: [WorldName.scenes, .portraits]) func aPictureIsItsPaintings(name: WorldName) throws {
        let world = try name.open(WorldOptions(seed: 2, resolution: 24))
        for index in 0..<3 {
            #expect(try world.picture(at: index) == world.painting(at: index).image)
        }
    }
}
