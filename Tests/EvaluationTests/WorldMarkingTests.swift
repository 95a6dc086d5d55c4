import Images
import Testing

@testable import Datasets
@testable import Evaluation

/// Marking pictures of the worlds beside the scenes, question by question.
@Suite struct WorldMarkingTests {
    private static let king = PortraitAttributes(
        .king, hairStyle: .long, expression: .angry, clothes: .purple, background: .beach, light: .left)

    private func marked(_ record: WorldRecord, _ read: [Int]) -> MarkedReading {
        MarkedReading(of: record, read: read, asking: record.statedLabels)
    }

    private func rights(_ record: WorldRecord, _ read: [Int]) -> [String: [Bool]] {
        Dictionary(
            uniqueKeysWithValues: marked(record, read).marks.map { ($0.rawValue, $1.map(\.isRight)) })
    }

    /// Answers that are all right, with those of some questions changed.
    private func answers(_ record: WorldRecord, _ changes: [String: String] = [:]) throws -> [Int] {
        var answers = record.labels.map { max(0, $0) }
        for (name, answer) in changes {
            let question = try #require(record.world.questions.firstIndex { $0.name == name })
            answers[question] = try #require(
                record.world.questions[question].answers.firstIndex(of: answer))
        }
        return answers
    }

    @Test func portraitsAreMarkedQuestionByQuestion() throws {
        let king = WorldRecord.portrait(Self.king)
        let right = try rights(king, answers(king))
        #expect(right.values.allSatisfy { $0 == [true] } && right["everything"] != nil)
        // A king by the sea is a combination that training never shows.
        #expect(right["combination"] == [true])
        let read = try answers(king, ["background": "snow", "expression": "sad"])
        let some = rights(king, read)
        #expect(some["background"] == [false] && some["expression"] == [false] && some["role"] == [true])
        #expect(some["combination"] == [false] && some["everything"] == [false])
        let mistakes = marked(king, read).mistakes
        #expect(mistakes == ["expression: sad instead of angry", "background: snow instead of beach"])
    }

    /// No caption says that somebody wears no glasses, so nobody is marked down for wearing some.
    @Test func whatACaptionLeavesUnsaidIsNotMarked() throws {
        let king = WorldRecord.portrait(Self.king)
        let read = try answers(king, ["glasses": "sunglasses", "beard": "moustache"])
        let rights = rights(king, read)
        #expect(rights["glasses"] == nil && rights["beard"] == nil && rights["everything"] == [true])
        #expect(rights["hat"] == nil && rights["garment"] == nil)
        // Of a render everything that can be seen is asked.
        let render = MarkedReading(of: king, read: read, asking: king.labels)
        #expect(render.marks[ScoredAttribute(rawValue: "glasses")]?.map(\.isRight) == [false])
        #expect(render.mistakes.contains("glasses: sunglasses instead of none"))
        var stated = Self.king
        (stated.glasses, stated.beard) = (.glasses, .beard)
        let other = try self.rights(.portrait(stated), answers(.portrait(stated), ["glasses": "none"]))
        #expect(other["glasses"] == [false] && other["beard"] == [true])
    }

    /// Every stated label of a portrait has its words in the full caption: without them the caption would be another.
    @Test func statedLabelsAreThoseOfTheFullCaption() throws {
        for split in SceneSplit.allCases {
            let world = try PortraitWorld(WorldOptions(seed: 3, split: split))
            for index in 0..<300 {
                let portrait = world.portrait(at: index).attributes
                let labels = WorldRecord.portrait(portrait).statedLabels
                let caption = world.words(at: index, kind: .full).caption
                for (question, label) in zip(PortraitLabels.questions, labels) {
                    let words = ["glasses": "glasses", "beard": "", "hat": ""][question.name]
                    guard let words else { continue }
                    let word = words.isEmpty && label >= 0 ? question.answers[label] : words
                    let isSaid = !word.isEmpty && caption.contains(word)
                    #expect(isSaid == (label >= 0), "\(question.name): \(caption)")
                }
            }
        }
    }

    @Test func emojiCombinationsRestOnWhatCanBeRead() throws {
        let cat = EmojiEntry(
            text: "\u{1F408}", name: "cat", group: "Animals & Nature", subgroup: "animal-mammal")
        let plain = WorldRecord.emoji(EmojiAttributes(cat, colour: .purple))
        let fading = WorldRecord.emoji(EmojiAttributes(cat, colour: .white, second: .purple))
        #expect(plain.heldOutCombinations == ["animalOnPurple"])
        #expect(try rights(plain, answers(plain))["combination"] == [true])
        // A plain background has no second colour, so nothing is asked about it.
        #expect(try rights(plain, answers(plain, ["second colour": "red"]))["combination"] == [true])
        #expect(try rights(plain, answers(plain))["second colour"] == nil)
        #expect(try rights(plain, answers(plain, ["background": "pink"]))["combination"] == [false])
        #expect(try rights(plain, answers(plain, ["group": "Objects"]))["combination"] == [false])
        #expect(try rights(fading, answers(fading, ["background": "red"]))["combination"] == [true])
        #expect(try rights(fading, answers(fading, ["second colour": "red"]))["combination"] == [false])
    }

    @Test func stampCombinationsRestOnWhatCanBeRead() throws {
        let plant = StampAttributes(
            stamp: "tree", title: "a tree", category: .plants, size: .large, place: .centre,
            setting: .meadow, time: .sunset, light: .left)
        let record = WorldRecord.stamp(plant)
        #expect(try rights(record, answers(record))["combination"] == [true])
        #expect(try rights(record, answers(record, ["time": "night"]))["combination"] == [false])
        #expect(try rights(record, answers(record, ["category": "food"]))["combination"] == [false])
        #expect(try rights(record, answers(record, ["size": "small"]))["combination"] == [true])
    }

    /// The answers of other worlds are the best of each question, a hat of none among them.
    @Test func answersAreTheBestOfEachQuestion() {
        var sheet = PortraitLabels.questions.map { [Float](repeating: 0, count: $0.answers.count + 3) }
        sheet[0][3] = 1
        sheet[9][PortraitHat.allCases.count] = 2
        // A score beyond the last answer does not count.
        sheet[2][PortraitSkin.allCases.count] = 9
        let answers = ProbeReader.answers(sheet, of: .portraits)
        #expect(answers.count == PortraitLabels.questions.count)
        #expect(answers[0] == 3 && answers[9] == PortraitHat.allCases.count && answers[2] == 0)
    }

    @Test func aPartOfPortraitsIsMarked() throws {
        let king = WorldRecord.portrait(Self.king)
        let (right, wrong) = try (answers(king), answers(king, ["background": "snow"]))
        let picture = try Image(width: 4, height: 4)
        func reading(_ answers: [Int], _ number: Float) -> ProbeReader.Reading {
            .init(answers: answers, features: [number, number * number])
        }
        let drawn = [right, wrong, wrong, wrong].enumerated().map {
            ScoredPicture(
                split: .heldout, prompt: "\($0.offset / 2)", seed: 0, record: king, picture: picture,
                reading: reading($0.element, Float($0.offset)))
        }
        let real = [reading(right, 0.5), reading(right, 2)]
        let score = try PartScore(
            .heldout, of: .portraits, drawn: drawn, real: real, other: real, group: 2, seed: 1)
        #expect(score.attributes.map(\.attribute.rawValue).starts(with: ["role", "gender", "skin"]))
        let background = try #require(score.attributes.first { $0.attribute.rawValue == "background" })
        #expect(background.model.value == 0.25 && background.ceiling.value == 1)
        #expect(!score.attributes.contains { $0.attribute.rawValue == "glasses" })
        #expect(score.combinations.map(\.combination) == ["kingOnBeach"])
        #expect(score.combinations.first?.model.value == 0.25)
    }

    @Test(arguments: WorldName.allCases) func everyWorldHasAttributesOfItsOwn(world: WorldName) {
        let names = ScoredAttribute.all(of: world).map(\.rawValue)
        #expect(Set(names).count == names.count && names.suffix(2) == ["combination", "everything"])
    }
}
