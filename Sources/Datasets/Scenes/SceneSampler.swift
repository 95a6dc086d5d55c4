/// Draws the attributes of scenes from a stream of random numbers.
struct SceneSampler {
    let options: SceneOptions
    let split: SceneSplit

    /// Attributes that make a scene and belong to the split.
    func attributes(_ random: inout SplitMix) -> SceneAttributes {
        switch split {
        case .heldout:
            let combination = random.pick(HeldOutCombination.allCases)
            return combination.imposed(on: anything(&random), &random)
        case .train:
            for _ in 0..<64 {
                let scene = anything(&random)
                if scene.heldOutCombinations.isEmpty { return scene }
            }
            return SceneAttributes(objects: [SceneObject(.red, .sphere, size: .large)], setting: .studio)
        }
    }

    private func anything(_ random: inout SplitMix) -> SceneAttributes {
        let style = SceneStyle.allCases[
            random.weighted([options.photoWeight, options.cartoonWeight, options.lineDrawingWeight])]
        let kind = random.weighted([
            options.libraryShare, options.bonfireShare, 1 - options.libraryShare - options.bonfireShare,
        ])
        switch kind {
        case 0: return library(style, &random)
        case 1: return bonfire(style, &random)
        default: return plain(style, &random)
        }
    }

    private func plain(_ style: SceneStyle, _ random: inout SplitMix) -> SceneAttributes {
        let setting = random.pick([SceneSetting.studio, .checkered, .wooden, .meadow, .beach, .snow])
        let times: [SceneTime] = setting.isOutdoors ? [.day, .day, .sunset, .night] : [.day, .day, .night]
        return SceneAttributes(
            objects: random.chance(options.twoObjectShare) ? two(&random) : [one(&random)], setting: setting,
            time: random.pick(times), light: random.pick(SceneLight.allCases), style: style)
    }

    private func library(_ style: SceneStyle, _ random: inout SplitMix) -> SceneAttributes {
        let library = SceneLibrary(
            tall: random.chance(0.5),
            lighting: SceneLibrary.Lighting.allCases[random.weighted([0.4, 0.35, 0.25])])
        let night = random.chance(library.lighting == .room ? 0.15 : 0.5)
        var scene = SceneAttributes(library: library, time: night ? .night : .day, style: style)
        if random.chance(0.3) {
            var object = one(&random)
            object.size = random.chance(0.5) ? .small : .medium
            scene.objects = [object]
        }
        return scene
    }

    private func bonfire(_ style: SceneStyle, _ random: inout SplitMix) -> SceneAttributes {
        let fire = SceneBonfire(
            ground: random.pick(SceneBonfire.Ground.allCases),
            size: SceneSize.allCases[random.weighted([1, 2, 2])],
            place: ScenePlace.allCases[random.weighted([1, 2, 1])])
        return SceneAttributes(bonfire: fire, time: random.chance(0.65) ? .night : .sunset, style: style)
    }

    private func one(_ random: inout SplitMix) -> SceneObject {
        let shape = random.pick(SceneShape.allCases)
        return SceneObject(
            random.pick(SceneColour.allCases), shape, material: material(for: shape, &random),
            size: SceneSize.allCases[
                random.weighted([options.smallWeight, options.mediumWeight, options.largeWeight])],
            place: random.pick(ScenePlace.allCases))
    }

    /// Two things of different shape and colour, so that a caption tells them apart.
    private func two(_ random: inout SplitMix) -> [SceneObject] {
        let shapes = random.pickTwo(SceneShape.allCases)
        let colours = random.pickTwo(SceneColour.allCases)
        let sizes: (SceneSize, SceneSize) = random.pick([
            (.small, .small), (.small, .medium), (.medium, .small), (.medium, .medium), (.medium, .medium),
            (.small, .large), (.large, .small),
        ])
        let left = material(for: shapes.0, &random)
        let right = material(for: shapes.1, &random)
        return [
            SceneObject(colours.0, shapes.0, material: left, size: sizes.0, place: .left),
            SceneObject(colours.1, shapes.1, material: right, size: sizes.1, place: .right),
        ]
    }

    private func material(for shape: SceneShape, _ random: inout SplitMix) -> SceneMaterial {
        shape.isComposite ? .matte : random.pick(SceneMaterial.allCases)
    }
}

extension SplitMix {
    /// Two different elements of a list with at least two.
    mutating func pickTwo<Element>(_ list: [Element]) -> (Element, Element) {
        let first = below(list.count)
        let second = (first + 1 + below(list.count - 1)) % list.count
        return (list[first], list[second])
    }
}
