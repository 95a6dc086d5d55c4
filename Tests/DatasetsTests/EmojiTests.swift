import Foundation
import Images
import Testing

@testable import Datasets

@Suite struct EmojiListTests {
    private static let list = """
        # emoji-test.txt
        # group: People & Body
        # subgroup: person-role
        1F469 1F3FF 200D 1F680                                 ; fully-qualified     # 👩🏿‍🚀 E4.0 woman astronaut: dark skin tone
        1F469 200D 2695                                        ; minimally-qualified # 👩‍⚕ E4.0 woman health worker
        # group: Flags
        # subgroup: country-flag
        1F1EB 1F1F7                                            ; fully-qualified     # 🇫🇷 E2.0 flag: France
        """

    @Test func readsFullyQualifiedEmojiWithTheirGroups() {
        let entries = EmojiEntry.list(Self.list)
        #expect(entries.map(\.name) == ["woman astronaut: dark skin tone", "flag: France"])
        #expect(entries[0].text == "\u{1F469}\u{1F3FF}\u{200D}\u{1F680}")
        #expect(entries[0].group == "People & Body" && entries[0].subgroup == "person-role")
        #expect(entries[0].base == "woman astronaut" && entries[0].tones == [.dark])
        #expect(entries[1].group == "Flags" && entries[1].tones.isEmpty)
    }

    @Test(arguments: [
        "", "# group:", ";;;###", "1F600 ; fully-qualified", "1F600 ; fully-qualified #",
        "XYZ ; fully-qualified # a E1.0 b",
        "110000 ; fully-qualified # a E1.0 b", "D800 ; fully-qualified # a E1.0 b",
        "1F600 ; fully-qualified # a 1.0 b",
        " ; fully-qualified # a E1.0 b", "1F600 # ; fully-qualified E1.0 x",
    ])
    func brokenLinesAreLeftOut(line: String) {
        #expect(EmojiEntry.list(line).isEmpty)
        #expect(EmojiEntry.list(Self.list + "\n" + line + "\n").count == 2)
    }

    @Test(arguments: [
        ("woman health worker: medium-dark skin tone", "a woman health worker with medium-dark skin"),
        ("man: red hair", "a man with red hair"),
        ("man: medium skin tone, bald", "a man with medium skin and a bald head"),
        ("grinning face", "grinning face"),
        ("flag: St. Vincent & Grenadines", "the flag of St. Vincent & Grenadines"),
        ("family: man, woman, girl", "a family of man, woman and girl"), ("keycap: 3", "the keycap 3"),
        (
            "kiss: woman, man, light skin tone, dark skin tone",
            "a kiss of woman and man with light and dark skin"
        ),
    ])
    func namesBecomePhrases(name: String, phrase: String) {
        let entry = EmojiEntry(text: "x", name: name, group: "", subgroup: "")
        #expect(EmojiWriter.phrase(entry) == phrase)
    }

    @Test func oneToneOfMostPeopleIsHeldOut() {
        let names = [
            "astronaut", "cook", "judge", "singer", "pilot", "farmer", "artist", "mage", "elf", "runner",
        ]
        var heldOut = 0
        for name in names {
            let tones = EmojiTone.allCases.filter { tone in
                HeldOutEmoji.holdsOutTone(
                    EmojiEntry(
                        text: "x", name: "woman \(name): \(tone.rawValue) skin tone", group: "", subgroup: "")
                )
            }
            #expect(tones.count <= 1)
            heldOut += tones.count
        }
        #expect((5...10).contains(heldOut))
        #expect(
            !HeldOutEmoji.holdsOutTone(
                EmojiEntry(text: "x", name: "woman astronaut", group: "", subgroup: "")))
    }

    @Test func missingAndForeignFilesAreExplained() throws {
        let nowhere = URL(fileURLWithPath: "/nowhere/font.ttf")
        let error = try #require(throws: DatasetError.self) {
            try EmojiWorld(WorldOptions(), sources: EmojiSources(font: nowhere, list: nowhere))
        }
        #expect(error.summary.contains("/nowhere/font.ttf") && !error.advice.isEmpty)
        let missing = DatasetError.missingSource(
            what: "the colour font", path: "/a/b.ttf", package: "fonts-x")
        #expect(missing.summary.contains("/a/b.ttf") && missing.summary.contains("the colour font"))
        #expect(missing.advice.contains { $0.contains("apt-get install fonts-x") })
    }
}

/// Opened once: shaping all sequences takes a while.
private let emoji = try? EmojiWorld()

@Suite(
    .enabled(
        if: (try? EmojiSources.system()) != nil,
        "skipped: the packages fonts-noto-color-emoji and unicode-data are not installed"))
struct EmojiWorldTests {
    private func world() throws -> EmojiWorld { try #require(emoji) }

    @Test func mostOfTheListHasAPictureOfItsOwn() throws {
        let world = try world()
        #expect(world.emoji.count > 3_000)
        for name in [
            "grinning face", "red apple", "flag: France", "woman astronaut: medium skin tone", "pizza",
        ] {
            #expect(world.emoji.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func picturesDependOnTheIndexOnly() throws {
        let (one, two) = (try world(), try EmojiWorld())
        for index in [0, 1, 77, 1_000_000_007] {
            #expect(try one.painting(at: index) == two.painting(at: index))
            #expect(try one.words(at: index, variant: 3) == two.words(at: index, variant: 3))
        }
        #expect(try one.painting(at: 0) != one.painting(at: 1))
    }

    @Test func theEmojiStandsWhereItIsSaidToStand() throws {
        let world = try world()
        for index in 0..<150 {
            let (painting, attributes) = (try world.painting(at: index), world.attributes(at: index))
            let total = painting.focus.reduce(0, +)
            var middle: Float = 0
            for (place, share) in painting.focus.enumerated() { middle += share * Float(place % 64) / 64 }
            middle /= max(total, 1)
            switch attributes.place {
            case .left: #expect(middle < 0.46, "\(attributes)")
            case .centre: #expect((0.27...0.73).contains(middle), "\(attributes)")
            case .right: #expect(middle > 0.54, "\(attributes)")
            }
            #expect(total > 64, "\(attributes)")
            #expect(total < (attributes.size == .small ? 0.25 : 0.95) * 64 * 64, "\(attributes)")
        }
    }

    @Test func captionsAreTrueAndSplitsAreApart() throws {
        let world = try world()
        let heldOut = try EmojiWorld(WorldOptions(split: .heldout))
        for index in 0..<3_000 {
            let attributes = world.attributes(at: index)
            #expect(attributes.heldOutCombinations.isEmpty)
            #expect(!heldOut.attributes(at: index).heldOutCombinations.isEmpty)
            let caption = world.caption(at: index, kind: .varied(UInt64(index % 4)))
            #expect(
                caption.contains(EmojiWriter.phrase(attributes.emoji, withTone: false).prefix(9)),
                "\(caption)")
            for (word, place) in [
                ("on the left", ScenePlace.left), ("on the right", .right), ("in the middle", .centre),
            ] {
                #expect(!caption.contains(word) || attributes.place == place, "\(caption)")
            }
            let full = world.caption(at: index, kind: .full)
            #expect(full.contains(attributes.colour.rawValue) && full.contains("emoji of"), "\(full)")
            #expect(attributes.labels.count == EmojiLabels.questions.count && attributes.labels[0] >= 0)
            for (label, question) in zip(attributes.labels, EmojiLabels.questions) {
                #expect(label < question.answers.count)
            }
        }
    }
}
