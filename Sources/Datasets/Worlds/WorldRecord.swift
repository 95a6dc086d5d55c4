/// The record of one example, whichever world it is from; encoded as that world's attributes alone.
public enum WorldRecord: Encodable, Hashable, Sendable {
    /// Of a scene.
    case scene(SceneAttributes)
    /// Of a portrait.
    case portrait(PortraitAttributes)
    /// Of an emoji.
    case emoji(EmojiAttributes)
    /// Of a stamp.
    case stamp(StampAttributes)

    /// Writes the attributes.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .scene(let attributes): try attributes.encode(to: encoder)
        case .portrait(let attributes): try attributes.encode(to: encoder)
        case .emoji(let attributes): try attributes.encode(to: encoder)
        case .stamp(let attributes): try attributes.encode(to: encoder)
        }
    }

    /// The world that it is from.
    public var world: WorldName {
        switch self {
        case .scene: .scenes
        case .portrait: .portraits
        case .emoji: .emoji
        case .stamp: .stamps
        }
    }

    /// The number of the answer to each question of its world; −1 where one does not apply.
    public var labels: [Int] {
        switch self {
        case .scene(let attributes): attributes.labels
        case .portrait(let attributes): attributes.labels
        case .emoji(let attributes): attributes.labels
        case .stamp(let attributes): attributes.labels
        }
    }

    /// The labels as far as a full caption states them; −1 where it leaves the picture free.
    ///
    /// No caption of a portrait says that somebody wears no hat, no glasses or no beard. A picture that shows some then
    /// does not contradict its caption.
    public var statedLabels: [Int] {
        guard case .portrait(let portrait) = self else { return labels }
        var stated = labels
        for (place, question) in PortraitLabels.questions.enumerated() {
            let isUnsaid: Bool
            switch question.name {
            case "glasses": isUnsaid = portrait.glasses == .none
            case "beard": isUnsaid = portrait.beard == .none
            case "hat": isUnsaid = portrait.headgear == nil
            default: isUnsaid = false
            }
            if isUnsaid { stated[place] = SceneLabels.notApplicable }
        }
        return stated
    }

    /// The names of the held-out combinations that it holds, in the order of `WorldName.heldOutCombinations`.
    public var heldOutCombinations: [String] {
        switch self {
        case .scene(let attributes): attributes.heldOutCombinations.map(\.rawValue)
        case .portrait(let attributes): attributes.heldOutCombinations.map(\.rawValue)
        case .emoji(let attributes): attributes.heldOutCombinations.map(\.rawValue)
        case .stamp(let attributes): attributes.heldOutCombinations.map(\.rawValue)
        }
    }

    /// True when a picture that is to show this record shows one of its held-out combinations, going by the answers read off
    /// the picture; false for a combination that the record does not hold.
    public func shows(_ combination: String, in answers: [Int]) -> Bool {
        guard heldOutCombinations.contains(combination) else { return false }
        switch self {
        case .scene:
            return HeldOutCombination(rawValue: combination)?.occurs(in: SceneAttributes(answers: answers))
                ?? false
        case .portrait:
            return HeldOutPortrait(rawValue: combination)?.occurs(in: PortraitAttributes(answers: answers))
                ?? false
        case .emoji(let picture):
            return HeldOutEmoji(rawValue: combination)?.isShown(of: picture, in: answers) ?? false
        case .stamp(let picture):
            return HeldOutStamp(rawValue: combination)?.occurs(in: picture.read(answers)) ?? false
        }
    }
}

extension WorldName {
    /// The names of all combinations that training on this world never shows.
    public var heldOutCombinations: [String] {
        switch self {
        case .scenes: HeldOutCombination.allCases.map(\.rawValue)
        case .portraits: HeldOutPortrait.allCases.map(\.rawValue)
        case .emoji: HeldOutEmoji.allCases.map(\.rawValue)
        case .stamps: HeldOutStamp.allCases.map(\.rawValue)
        }
    }
}
