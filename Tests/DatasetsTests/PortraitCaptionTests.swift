import Datasets
import Testing

/// What a caption of a portrait claims, read by rules written out here once more.
private struct Claims {
    let caption: String
    private let words: [String]

    init(_ caption: String) {
        self.caption = caption
        words = caption.replacing(",", with: "").split(separator: " ").map(String.init)
    }

    /// The key of the phrase that stands in the caption; the longest where several do.
    func one<Key>(_ phrases: [(String, Key)]) -> Key? {
        let padded = " " + words.joined(separator: " ") + " "
        return phrases.filter { padded.contains(" \($0.0) ") }.max { $0.0.count < $1.0.count }?.1
    }

    /// The word before the first of `nouns`, if it is a `Value`.
    func before<Value: RawRepresentable<String>>(_ nouns: Set<String>, also: [String: Value] = [:]) -> Value?
    {
        for (index, word) in words.enumerated().dropFirst() where nouns.contains(word) {
            let previous = words[index - 1]
            if let value = Value(rawValue: previous) ?? also[previous] { return value }
        }
        return nil
    }
}

@Suite struct PortraitCaptionTests {
    private static let roles: [(String, PortraitRole)] =
        PortraitRole.allCases.map { ($0.rawValue, $0) } + [
            ("man cook", .maleCook), ("woman cook", .femaleCook), ("male chef", .maleCook),
            ("female chef", .femaleCook), ("old man", .grandfather), ("old woman", .grandmother),
            ("grandpa", .grandfather), ("grandma", .grandmother),
        ]
    private static let expressions: [(String, PortraitExpression)] =
        PortraitExpression.allCases.map { ($0.rawValue, $0) } + [
            ("serious", .neutral), ("calm", .neutral), ("happy", .smiling), ("unhappy", .sad),
            ("furious", .angry), ("astonished", .surprised),
        ]

    private func check(_ caption: String, _ portrait: PortraitAttributes) {
        let claims = Claims(caption)
        #expect(claims.one(Self.roles) == portrait.role, "\(caption)")
        let face = claims.one(Self.expressions)
        #expect((face ?? portrait.expression) == portrait.expression, "\(caption)")
        let skin: PortraitSkin? = claims.before(["skin"], also: ["fair": .light, "tanned": .tan])
        #expect((skin ?? portrait.skin) == portrait.skin, "\(caption)")
        let hair: PortraitHairColour? = claims.before(
            ["hair", "braids", "curls", "bun", "bob", "beard", "moustache", "mustache"],
            also: ["blonde": .blond, "ginger": .red, "grey": .gray])
        #expect((hair ?? portrait.hairColour) == portrait.hairColour, "\(caption)")
        #expect(hair == nil || portrait.showsHairColour, "\(caption)")
        let style = claims.one([
            ("bald", .bald), ("curly", .curly), ("curls", .curly), ("long", .long), ("short", .short),
            ("bob", .short), ("braids", .braids), ("bun", PortraitHairStyle.bun),
        ])
        #expect((style ?? portrait.hairStyle) == portrait.hairStyle, "\(caption)")
        let glasses = claims.one([
            ("glasses", .glasses), ("spectacles", .glasses), ("sunglasses", .sunglasses),
            ("dark glasses", PortraitGlasses.sunglasses),
        ])
        #expect((glasses ?? portrait.glasses) == portrait.glasses, "\(caption)")
        let beard = claims.one([
            ("moustache", .moustache), ("mustache", .moustache), ("beard", PortraitBeard.beard),
        ])
        #expect((beard ?? portrait.beard) == portrait.beard, "\(caption)")
        let hat = claims.one([
            ("beanie", .beanie), ("bobble hat", .beanie), ("woolly hat", .beanie), ("cap", .cap),
            ("top hat", PortraitHat.topHat),
        ])
        #expect(hat == nil || hat == portrait.headgear?.hat, "\(caption)")
        let hatColour: PortraitColour? = claims.before([
            "beanie", "bobble", "woolly", "cap", "baseball", "top",
        ])
        #expect(hatColour == nil || hatColour == portrait.headgear?.colour, "\(caption)")
        let clothes: PortraitColour? = claims.before(
            ["T-shirt", "tee", "sweater", "pullover", "shirt", "clothes", "robe", "robes", "striped"])
        #expect((clothes ?? portrait.clothes) == portrait.clothes, "\(caption)")
        let gaze = claims.one([
            ("looking to the left", .left), ("looking left", .left), ("looking to the right", .right),
            ("looking right", .right), ("straight ahead", .ahead), ("at the viewer", PortraitGaze.ahead),
        ])
        #expect((gaze ?? portrait.gaze) == portrait.gaze, "\(caption)")
        let light = claims.one([
            ("from the left", .left), ("from the right", .right), ("from the front", PortraitLight.front),
        ])
        #expect((light ?? portrait.light) == portrait.light, "\(caption)")
        var place: PortraitBackground? = claims.before(["background"], also: ["grey": .gray])
        place =
            place
            ?? claims.one([
                ("meadow", .meadow), ("green hills", .meadow), ("beach", .beach), ("sea", .beach),
                ("starry sky", .night), ("at night", .night), ("brick wall", .bricks), ("snow", .snow),
            ])
        #expect((place ?? portrait.background) == portrait.background, "\(caption)")
        #expect(!caption.contains("  ") && !caption.contains(" a a") && !caption.contains(" a orange"))
    }

    @Test(arguments: SceneSplit.allCases)
    func noCaptionIsFalse(split: SceneSplit) throws {
        let world = try PortraitWorld(WorldOptions(split: split))
        for index in 0..<6_000 {
            let portrait = world.portrait(at: index)
            check(portrait.caption(.varied(UInt64(index % 5))), portrait.attributes)
            check(portrait.caption(.short), portrait.attributes)
            check(portrait.caption(.full), portrait.attributes)
        }
    }

    @Test func fixedWordings() throws {
        let queen = PortraitAttributes(
            .queen, skin: .dark, hairColour: .black, hairStyle: .braids, expression: .smiling, gaze: .left,
            glasses: .sunglasses, clothes: .orange, background: .beach, light: .right)
        #expect(
            try Portrait(attributes: queen, seed: 1).caption(.full)
                == "a portrait of a smiling queen with dark skin and black braids wearing sunglasses and an "
                + "orange robe looking to the left on a beach, lit from the right")
        let man = PortraitAttributes(
            .man, skin: .tan, hairColour: .red, hairStyle: .bald, expression: .angry, beard: .moustache,
            headgear: PortraitHeadgear(.blue, .topHat), garment: .stripes, clothes: .white)
        #expect(
            try Portrait(attributes: man, seed: 1).caption(.full)
                == "a portrait of an angry bald man with tan skin and a red moustache wearing a blue top hat and "
                + "a white striped shirt looking straight ahead on a gray background, lit from the front")
        #expect(try Portrait(attributes: man, seed: 1).caption(.short) == "an angry man")
        #expect(try Portrait(attributes: PortraitAttributes(.witch), seed: 1).caption(.short) == "a witch")
    }

    @Test func synonymsAndShortPromptsOccur() throws {
        let world = try PortraitWorld()
        let captions = Set(try (0..<12_000).map { try world.words(at: $0, variant: 3).caption })
        let all = captions.joined(separator: "\n")
        for word in [
            "happy", "furious", "spectacles", "mustache", "ginger", "curls", "bobble hat", "pullover",
            "by the sea", "straw hat", "golden crown", "bald woman", "starry sky", "old man", "chef",
        ] {
            #expect(all.contains(word), "\(word)")
        }
        #expect(captions.contains { $0.split(separator: " ").count <= 3 })
        #expect(captions.count > 11_000)
    }

    @Test func captionsDependOnPortraitAndVariantOnly() throws {
        let (one, two) = (try PortraitWorld(), try PortraitWorld(WorldOptions(resolution: 16)))
        var differing = 0
        for index in 0..<300 {
            #expect(try one.words(at: index, variant: 4) == two.words(at: index, variant: 4))
            if try one.words(at: index, variant: 4) != one.words(at: index, variant: 5) { differing += 1 }
        }
        #expect(differing > 250)
    }
}
