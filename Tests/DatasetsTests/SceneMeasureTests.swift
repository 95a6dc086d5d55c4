import Datasets
import Images
import Testing

/// Measures by program that pictures show what their attributes say.
@Suite struct SceneMeasureTests {
    private let side = 40

    private struct Pixels {
        var count = 0
        var x = 0.0
        var touchesBorder = false
        var colours: [(Double, Double, Double)] = []
        var positions: [Int] = []

        /// The middle value of each channel.
        var median: (Double, Double, Double) {
            let half = colours.count / 2
            return (
                colours.map(\.0).sorted()[half], colours.map(\.1).sorted()[half],
                colours.map(\.2).sorted()[half]
            )
        }

        var brightness: Double {
            colours.reduce(0) { $0 + $1.0 + $1.1 + $1.2 } / Double(max(colours.count, 1)) / 3
        }
    }

    /// The pixels of each thing.
    private func measure(_ scene: Scene) throws -> [Pixels] {
        let image = try scene.picture(resolution: side)
        let map = try scene.objectMap(resolution: side)
        var found = [Pixels](repeating: Pixels(), count: scene.attributes.objects.count)
        for (index, object) in map.enumerated() where object >= 0 {
            let (x, y) = (index % side, index / side)
            found[object].count += 1
            found[object].x += (Double(x) + 0.5) / Double(side) * 2 - 1
            found[object].positions.append(index)
            if x == 0 || y == 0 || x == side - 1 || y == side - 1 { found[object].touchesBorder = true }
            let p = image.pixels[index * 3..<index * 3 + 3].map(Double.init)
            found[object].colours.append((p[0], p[1], p[2]))
        }
        for index in found.indices { found[index].x /= Double(max(found[index].count, 1)) }
        return found
    }

    /// Hue in degrees and saturation of a colour.
    private func hue(_ c: (Double, Double, Double)) -> (hue: Double, saturation: Double) {
        let high = max(c.0, c.1, c.2)
        let low = min(c.0, c.1, c.2)
        guard high > low else { return (0, 0) }
        let d = high - low
        var h = high == c.0 ? (c.1 - c.2) / d : (high == c.1 ? 2 + (c.2 - c.0) / d : 4 + (c.0 - c.1) / d)
        if h < 0 { h += 6 }
        return (h * 60, d / high)
    }

    @Test func thingsStandWholeWhereTheirPlaceSays() throws {
        for split in SceneSplit.allCases {
            let world = try SceneWorld(split: split)
            var seen = 0
            for index in 0..<700 {
                let scene = world.scene(at: index)
                let map = try scene.objectMap(resolution: side)
                for (number, object) in scene.attributes.objects.enumerated() {
                    let spots = map.indices.filter { map[$0] == number }
                    #expect(spots.count >= 18, "\(scene.attributes)")
                    let columns = spots.map { $0 % side }
                    let rows = spots.map { $0 / side }
                    let inside =
                        (columns.min() ?? 0) > 0 && (columns.max() ?? side) < side - 1
                        && (rows.min() ?? 0) > 0 && (rows.max() ?? side) < side - 1
                    #expect(inside, "cut by the frame: \(object) in \(scene.attributes.setting)")
                    let x =
                        (Double(columns.reduce(0, +)) / Double(max(spots.count, 1)) + 0.5) / Double(side) * 2
                        - 1
                    switch object.place {
                    case .left: #expect(x < -0.25, "\(object)")
                    case .centre: #expect(abs(x) < 0.2, "\(object)")
                    case .right: #expect(x > 0.25, "\(object)")
                    }
                    seen += 1
                }
            }
            #expect(seen > 500)
        }
    }

    @Test func largerThingsCoverMore() throws {
        for shape in SceneShape.allCases {
            for seed in 0..<4 as Range<UInt64> {
                let counts = try SceneSize.allCases.map { size in
                    try measure(
                        Scene(
                            attributes: SceneAttributes(
                                objects: [SceneObject(.red, shape, size: size)], setting: .studio), seed: seed
                        ))[0].count
                }
                #expect(Double(counts[1]) > 1.5 * Double(counts[0]), "\(shape)")
                #expect(Double(counts[2]) > 1.4 * Double(counts[1]), "\(shape)")
            }
        }
    }

    @Test func huesAreTheColoursNamed() throws {
        let hues: [(SceneColour, ClosedRange<Double>)] = [
            (.red, -14...14), (.orange, 15...36), (.yellow, 41...66), (.green, 85...155), (.cyan, 168...202),
            (.blue, 212...246), (.purple, 255...296), (.pink, 310...354), (.brown, 10...36),
        ]
        for setting in [SceneSetting.studio, .checkered, .wooden, .meadow, .beach, .snow] {
            for time in [SceneTime.day, .night] {
                for material in [SceneMaterial.matte, .shiny] {
                    for (colour, range) in hues {
                        let attributes = SceneAttributes(
                            objects: [SceneObject(colour, .sphere, material: material, size: .large)],
                            setting: setting, time: time, light: .left)
                        let found = hue(try measure(Scene(attributes: attributes, seed: 4))[0].median)
                        let turned =
                            found.hue > 355 || (range.lowerBound < 0 && found.hue > 180)
                            ? found.hue - 360 : found.hue
                        #expect(
                            range.contains(turned),
                            "\(colour) \(material) \(setting) \(time): hue \(found.hue)")
                        #expect(found.saturation > 0.27, "\(colour) \(material) \(setting) \(time): \(found)")
                    }
                    let grays = try [SceneColour.black, .gray, .white].map { colour in
                        try measure(
                            Scene(
                                attributes: SceneAttributes(
                                    objects: [SceneObject(colour, .sphere, material: material, size: .large)],
                                    setting: setting, time: time, light: .left), seed: 4))[0].median
                    }
                    #expect(
                        grays[1].1 > grays[0].1 + 20 && grays[2].1 > grays[1].1 + 30,
                        "\(setting) \(time) \(grays)")
                    #expect(grays.allSatisfy { hue($0).saturation < 0.55 })
                }
            }
        }
    }

    @Test func brownIsDarkerThanOrange() throws {
        for time in SceneTime.allCases {
            let both = try [SceneColour.brown, .orange].map { colour in
                try measure(
                    Scene(
                        attributes: SceneAttributes(
                            objects: [SceneObject(colour, .cube, size: .large)], setting: .beach, time: time),
                        seed: 2))[0]
                    .brightness
            }
            #expect(both[1] > 1.3 * both[0])
        }
    }

    @Test func metalStaysLegibleAtNight() throws {
        for setting in [SceneSetting.studio, .checkered, .wooden, .meadow, .beach, .snow] {
            for colour in [SceneColour.red, .green, .blue, .yellow, .purple] {
                let metal = SceneAttributes(
                    objects: [SceneObject(colour, .sphere, material: .metal, size: .large)], setting: setting,
                    time: .night, light: .right)
                let found = try measure(Scene(attributes: metal, seed: 6))[0]
                #expect(found.brightness > 26, "\(setting) \(colour) \(found.brightness)")
                #expect(hue(found.median).saturation > 0.25, "\(setting) \(colour)")
            }
        }
    }

    @Test func theLitSideIsTheBrighterOne() throws {
        for setting in [SceneSetting.studio, .wooden, .meadow, .snow] {
            for time in SceneTime.allCases where time != .sunset || setting.isOutdoors {
                for light in [SceneLight.left, .right] {
                    let attributes = SceneAttributes(
                        objects: [SceneObject(.white, .sphere, size: .large)], setting: setting, time: time,
                        light: light)
                    let found = try measure(Scene(attributes: attributes, seed: 8))[0]
                    let middle = found.positions.map { Double($0 % side) }.reduce(0, +) / Double(found.count)
                    var sides = (left: 0.0, right: 0.0)
                    for (position, colour) in zip(found.positions, found.colours) {
                        if Double(position % side) < middle {
                            sides.left += colour.1
                        } else {
                            sides.right += colour.1
                        }
                    }
                    #expect((sides.left > sides.right) == (light == .left), "\(setting) \(time) \(light)")
                }
            }
        }
    }

    @Test func nightIsDarkerThanDay() throws {
        for setting in [SceneSetting.studio, .checkered, .wooden, .meadow, .beach, .snow] {
            let mean = try [SceneTime.day, .night].map { time in
                let scene = try Scene(
                    attributes: SceneAttributes(
                        objects: [SceneObject(.red, .cone)], setting: setting, time: time), seed: 1)
                return try scene.picture(resolution: 24).pixels.reduce(0) { $0 + Int($1) }
            }
            #expect(Double(mean[0]) > 1.3 * Double(mean[1]), "\(setting)")
        }
    }

    @Test func fireLightsTheGroundAndLampsTheBooks() throws {
        for ground in SceneBonfire.Ground.allCases {
            let fire = SceneAttributes(bonfire: SceneBonfire(ground: ground, size: .large))
            let image = try Scene(attributes: fire, seed: 3).picture(resolution: 32)
            let near = (12..<20).reduce(0) { $0 + Int(image[$1, 25, 0]) } / 8
            let far = (0..<4).reduce(0) { $0 + Int(image[$1, 14, 0]) } / 4
            let flame = (12..<20).map { Int(image[$0, 16, 0]) }.max() ?? 0
            #expect(near > far + 12, "\(ground): \(near) beside the fire, \(far) away from it")
            #expect(flame > 220)
        }
        let dark = SceneAttributes(library: SceneLibrary(tall: true, lighting: .candles), time: .night)
        let image = try Scene(attributes: dark, seed: 3).picture(resolution: 48)
        let values = stride(from: 0, to: image.pixels.count, by: 3).map { Int(image.pixels[$0]) }
        #expect((values.max() ?? 0) > 230)
        #expect(values.sorted()[values.count / 2] < 150)
    }
}
