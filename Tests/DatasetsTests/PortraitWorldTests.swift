import Datasets
import Testing

@Suite struct PortraitWorldTests {
    /// The combinations once more, written out here, so that a change there is noticed.
    private static func forbidden(_ portrait: PortraitAttributes) -> Set<String> {
        var found: Set<String> = []
        let role = portrait.role.rawValue
        if role == "queen", portrait.glasses == .glasses { found.insert("queenWithGlasses") }
        if role == "wizard", portrait.expression == .laughing { found.insert("laughingWizard") }
        if role == "prince", portrait.hairColour == .red { found.insert("redHairedPrince") }
        if role == "girl", portrait.expression == .angry { found.insert("angryGirl") }
        if role == "king", portrait.background == .beach { found.insert("kingOnBeach") }
        if portrait.beard == .beard, portrait.hairColour == .blond { found.insert("blondBeard") }
        if role.hasSuffix(" cook"), portrait.expression == .sad { found.insert("sadCook") }
        if role.hasSuffix(" farmer"), portrait.clothes == .purple { found.insert("purpleFarmer") }
        return found
    }

    @Test func trainingNeverHoldsAHeldOutCombination() throws {
        for seed in [1, 2] as [UInt64] {
            let world = try PortraitWorld(WorldOptions(seed: seed))
            for index in 0..<15_000 {
                let portrait = world.portrait(at: index).attributes
                #expect(Self.forbidden(portrait).isEmpty)
                #expect(portrait.problem == nil, "\(portrait)")
            }
        }
    }

    @Test func theHeldOutSplitAlwaysHoldsOne() throws {
        let world = try PortraitWorld(WorldOptions(split: .heldout))
        var counts: [String: Int] = [:]
        for index in 0..<15_000 {
            let portrait = world.portrait(at: index).attributes
            let found = Self.forbidden(portrait)
            #expect(!found.isEmpty)
            #expect(found == Set(portrait.heldOutCombinations.map(\.rawValue)))
            #expect(portrait.problem == nil, "\(portrait)")
            for name in found { counts[name, default: 0] += 1 }
        }
        #expect(counts.count == HeldOutPortrait.allCases.count)
        #expect(counts.values.allSatisfy { $0 > 1200 }, "\(counts)")
    }

    @Test func everyRoleHasACounterpart() {
        for role in PortraitRole.allCases {
            #expect(role.counterpart.counterpart == role)
            #expect(role.counterpart.isFemale != role.isFemale)
            #expect(role.counterpart.isChild == role.isChild && role.counterpart.isPlain == role.isPlain)
        }
    }

    @Test func everyLabelOfTheWorldHasAnAnswer() throws {
        let world = try PortraitWorld()
        var seen = PortraitLabels.questions.map { _ in Set<Int>() }
        for index in 0..<8_000 {
            let labels = try world.words(at: index, variant: 0).labels
            #expect(labels.count == PortraitLabels.questions.count)
            for (question, label) in labels.enumerated() { seen[question].insert(label) }
        }
        for (question, labels) in zip(PortraitLabels.questions, seen) {
            #expect(
                labels.subtracting([SceneLabels.notApplicable]) == Set(question.answers.indices),
                "\(question.name)")
        }
    }

    @Test func labelsSayWhatIsSeen() throws {
        func answers(_ portrait: PortraitAttributes) -> [String: String] {
            var found: [String: String] = [:]
            for (question, label) in zip(PortraitLabels.questions, portrait.labels) where label >= 0 {
                found[question.name] = question.answers[label]
            }
            return found
        }
        let bald = answers(PortraitAttributes(.woman, hairColour: .red, hairStyle: .bald, clothes: .pink))
        #expect(bald["hair colour"] == nil && bald["hair style"] == "bald" && bald["gender"] == "female")
        #expect(bald["hat"] == "nothing" && bald["hat colour"] == nil && bald["clothes colour"] == "pink")
        let king = answers(PortraitAttributes(.king, hairColour: .gray, hairStyle: .bald, beard: .beard))
        #expect(king["hair colour"] == "gray" && king["beard"] == "beard" && king["role"] == "king")
        #expect(king["hat"] == nil && king["garment"] == nil)
        let boy = answers(PortraitAttributes(.boy, gaze: .left, headgear: PortraitHeadgear(.green, .cap)))
        #expect(boy["hat"] == "cap" && boy["hat colour"] == "green" && boy["gaze"] == "left")
    }

    @Test(arguments: [
        PortraitAttributes(.queen, beard: .beard), PortraitAttributes(.girl, hairStyle: .bald),
        PortraitAttributes(.man, hairStyle: .bun), PortraitAttributes(.grandmother, hairColour: .red),
        PortraitAttributes(.king, headgear: PortraitHeadgear(.red, .cap)),
        PortraitAttributes(.queen, garment: .sweater),
        PortraitAttributes(.boy, headgear: PortraitHeadgear(.black, .topHat)),
        PortraitAttributes(.woman, hairStyle: .bun, headgear: PortraitHeadgear(.red, .beanie)),
    ])
    func contradictionsAreRefused(portrait: PortraitAttributes) throws {
        let error = try #require(throws: DatasetError.self) { try Portrait(attributes: portrait, seed: 1) }
        #expect(error.summary.contains("portrait") && !error.advice.isEmpty)
    }

    @Test func impossibleSizesAreRefused() throws {
        #expect(throws: DatasetError.self) { try PortraitWorld(WorldOptions(resolution: 0)) }
        #expect(throws: DatasetError.self) { try PortraitWorld(WorldOptions(resolution: 4097)) }
        let portrait = try Portrait(attributes: PortraitAttributes(.man), seed: 1)
        #expect(throws: DatasetError.self) { try portrait.painting(resolution: 8, supersampling: 9) }
    }
}
