/// Draws the attributes of portraits from a stream of random numbers.
struct PortraitSampler {
    let split: SceneSplit

    /// Attributes that make a portrait and belong to the split.
    func attributes(_ random: inout SplitMix) -> PortraitAttributes {
        switch split {
        case .heldout:
            let combination = random.pick(HeldOutPortrait.allCases)
            return combination.imposed(on: anybody(&random), &random)
        case .train:
            for _ in 0..<64 {
                let portrait = anybody(&random)
                if portrait.heldOutCombinations.isEmpty { return portrait }
            }
            return PortraitAttributes(.man)
        }
    }

    /// The ways in which a role may wear its hair.
    static func styles(of role: PortraitRole) -> [PortraitHairStyle] {
        var styles: [PortraitHairStyle] = [.short, .curly, .long]
        if !role.isChild { styles.append(.bald) }
        if role.isFemale {
            styles.append(.braids)
            if role.isPlain { styles.append(.bun) }
        }
        return styles
    }

    private func anybody(_ random: inout SplitMix) -> PortraitAttributes {
        let role = random.pick(PortraitRole.allCases)
        let style = style(of: role, &random)
        let bearded = !role.isFemale && !role.isChild
        return PortraitAttributes(
            role, skin: random.pick(PortraitSkin.allCases), hairColour: hairColour(of: role, &random),
            hairStyle: style, expression: random.pick(PortraitExpression.allCases),
            gaze: PortraitGaze.allCases[random.weighted([1, 2, 1])],
            glasses: PortraitGlasses.allCases[random.weighted([5, 2, 1])],
            beard: bearded ? PortraitBeard.allCases[random.weighted([5, 2, 3])] : .none,
            headgear: headgear(of: role, style, &random),
            garment: role.isPlain ? random.pick(PortraitGarment.allCases) : nil,
            clothes: random.pick(PortraitColour.allCases),
            background: random.pick(PortraitBackground.allCases),
            light: PortraitLight.allCases[random.weighted([1, 1, 1])])
    }

    private func style(of role: PortraitRole, _ random: inout SplitMix) -> PortraitHairStyle {
        let styles = Self.styles(of: role)
        let weights = styles.map { style -> Double in
            switch style {
            case .bald: return role.isFemale ? 0.35 : 1.2
            case .short: return role.isFemale ? 1.2 : 3
            case .curly: return 1.2
            case .long: return role.isFemale ? 2 : 0.7
            case .braids, .bun: return 1
            }
        }
        return styles[random.weighted(weights)]
    }

    private func hairColour(of role: PortraitRole, _ random: inout SplitMix) -> PortraitHairColour {
        if role.isOld { return random.pick([.gray, .white]) }
        if role.isChild { return random.pick([.black, .brown, .blond, .red]) }
        return PortraitHairColour.allCases[random.weighted([2, 2, 2, 2, 1, 1])]
    }

    private func headgear(of role: PortraitRole, _ style: PortraitHairStyle, _ random: inout SplitMix)
        -> PortraitHeadgear?
    {
        guard role.isPlain, style != .bun, random.chance(0.35) else { return nil }
        let hats: [PortraitHat] = role.isChild ? [.beanie, .cap] : PortraitHat.allCases
        return PortraitHeadgear(random.pick(PortraitColour.allCases), random.pick(hats))
    }
}
