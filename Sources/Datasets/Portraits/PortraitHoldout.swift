/// A combination that never occurs among the portraits that training sees, although each part of it does.
public enum HeldOutPortrait: String, Codable, CaseIterable, Sendable {
    /// A queen with glasses.
    case queenWithGlasses
    /// A wizard who laughs.
    case laughingWizard
    /// A prince with red hair.
    case redHairedPrince
    /// A girl who is angry.
    case angryGirl
    /// A king by the sea.
    case kingOnBeach
    /// A blond beard.
    case blondBeard
    /// A cook, man or woman, who is sad.
    case sadCook
    /// A farmer, man or woman, in purple.
    case purpleFarmer

    /// True when the portrait holds this combination.
    public func occurs(in portrait: PortraitAttributes) -> Bool {
        switch self {
        case .queenWithGlasses: return portrait.role == .queen && portrait.glasses == .glasses
        case .laughingWizard: return portrait.role == .wizard && portrait.expression == .laughing
        case .redHairedPrince: return portrait.role == .prince && portrait.hairColour == .red
        case .angryGirl: return portrait.role == .girl && portrait.expression == .angry
        case .kingOnBeach: return portrait.role == .king && portrait.background == .beach
        case .blondBeard: return portrait.beard == .beard && portrait.hairColour == .blond
        case .sadCook:
            return portrait.expression == .sad
                && (portrait.role == .maleCook || portrait.role == .femaleCook)
        case .purpleFarmer:
            return portrait.clothes == .purple
                && (portrait.role == .maleFarmer || portrait.role == .femaleFarmer)
        }
    }

    /// Changes a portrait so that it holds this combination and still makes sense.
    func imposed(on portrait: PortraitAttributes, _ random: inout SplitMix) -> PortraitAttributes {
        var changed = portrait
        switch self {
        case .queenWithGlasses:
            changed.take(.queen, &random)
            changed.glasses = .glasses
        case .laughingWizard:
            changed.take(.wizard, &random)
            changed.expression = .laughing
        case .redHairedPrince:
            changed.take(.prince, &random)
            changed.hairColour = .red
        case .angryGirl:
            changed.take(.girl, &random)
            changed.expression = .angry
        case .kingOnBeach:
            changed.take(.king, &random)
            changed.background = .beach
        case .blondBeard:
            if changed.role.isFemale || changed.role.isChild || changed.role.isOld {
                changed.take(random.pick([.man, .king, .wizard, .maleCook, .maleFarmer]), &random)
            }
            changed.beard = .beard
            changed.hairColour = .blond
        case .sadCook:
            changed.take(random.pick([.maleCook, .femaleCook]), &random)
            changed.expression = .sad
        case .purpleFarmer:
            changed.take(random.pick([.maleFarmer, .femaleFarmer]), &random)
            changed.clothes = .purple
        }
        return changed
    }
}

extension PortraitAttributes {
    /// The held-out combinations that this portrait holds.
    public var heldOutCombinations: [HeldOutPortrait] {
        HeldOutPortrait.allCases.filter { $0.occurs(in: self) }
    }

    /// Gives the portrait another role, and mends what that role cannot wear or have.
    mutating func take(_ role: PortraitRole, _ random: inout SplitMix) {
        self.role = role
        if role.isFemale || role.isChild { beard = .none }
        if role.isOld {
            if hairColour != .gray, hairColour != .white { hairColour = random.pick([.gray, .white]) }
        } else if role.isChild, hairColour == .gray || hairColour == .white {
            hairColour = random.pick([.black, .brown, .blond])
        }
        let styles = PortraitSampler.styles(of: role)
        if !styles.contains(hairStyle) { hairStyle = random.pick(styles) }
        if role.isPlain {
            garment = garment ?? random.pick(PortraitGarment.allCases)
            if role.isChild, headgear?.hat == .topHat { headgear = nil }
            if hairStyle == .bun { headgear = nil }
        } else {
            (garment, headgear) = (nil, nil)
        }
    }
}
