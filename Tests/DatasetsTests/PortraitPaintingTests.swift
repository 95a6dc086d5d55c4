import Images
import Testing

@testable import Datasets

@Suite struct PortraitPaintingTests {
    private func painting(_ portrait: PortraitAttributes, _ size: Int = 64, seed: UInt64 = 5) throws
        -> WorldPainting
    {
        try Portrait(attributes: portrait, seed: seed).painting(resolution: size)
    }

    /// The mean of each channel over some pixels.
    private func mean(_ image: Image, _ columns: Range<Int>, _ rows: Range<Int>) -> [Double] {
        (0..<3).map { channel in
            var sum = 0
            for y in rows { for x in columns { sum += Int(image[x, y, channel]) } }
            return Double(sum) / Double(columns.count * rows.count)
        }
    }

    /// The smallest rows and columns outside which two pictures are equal.
    private func difference(_ a: Image, _ b: Image) -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>)? {
        var (xs, ys): ([Int], [Int]) = ([], [])
        for y in 0..<a.height {
            for x in 0..<a.width where a[x, y] != b[x, y] {
                xs.append(x)
                ys.append(y)
            }
        }
        guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() else {
            return nil
        }
        return (left...right, top...bottom)
    }

    @Test func theSameOnEveryCallAndWhateverTheBands() throws {
        let portrait = PortraitAttributes(.wizard, hairStyle: .curly, beard: .beard, background: .meadow)
        #expect(try painting(portrait) == painting(portrait))
        #expect(try painting(portrait, seed: 5) != painting(portrait, seed: 6))
        // 1100 × 1100 at two samples a side needs several bands; no seam may be seen.
        let large = try Portrait(attributes: portrait, seed: 5).painting(resolution: 1100)
        let small = try painting(portrait, 110)
        let shrunk = try large.image.resized(width: 110, height: 110)
        let off = zip(shrunk.pixels, small.image.pixels).map { abs(Int($0) - Int($1)) }
        #expect(Double(off.reduce(0, +)) / Double(off.count) < 3)
    }

    @Test func theFaceIsInTheMiddleTheClothesAreBelowAndTheCornersAreNeither() throws {
        let world = try PortraitWorld()
        for index in 0..<60 {
            let painting = try world.painting(at: index)
            #expect(painting.image.width == 64 && painting.focus.count == 64 * 64)
            #expect(painting.focus.allSatisfy { (0...1).contains($0) })
            #expect(painting.focus[0] == 0 && painting.focus[63] == 0)
            #expect(painting.focus[36 * 64 + 32] == 1)
            #expect(abs(painting.focus[62 * 64 + 32] - 0.2) < 1e-6)
            let faces = painting.focus.filter { $0 > 0.9 }.count
            let figures = painting.focus.filter { (0.1...0.3).contains($0) }.count
            #expect((250...1800).contains(faces) && (300...2600).contains(figures), "\(faces) \(figures)")
        }
    }

    @Test func glassesAndExpressionsChangeTheFaceOnly() throws {
        let plain = PortraitAttributes(.woman, hairStyle: .long)
        let before = try painting(plain).image
        for change in [
            { $0.glasses = .glasses }, { $0.glasses = .sunglasses }, { $0.expression = .laughing },
            { $0.expression = .surprised }, { $0.expression = .sad }, { $0.expression = .smiling },
        ] as [(inout PortraitAttributes) -> Void] {
            var changed = plain
            change(&changed)
            let area = try #require(difference(before, try painting(changed).image))
            #expect(area.columns.lowerBound > 14 && area.columns.upperBound < 50, "\(area)")
            #expect(area.rows.lowerBound > 12 && area.rows.upperBound < 46, "\(area)")
            #expect(area.rows.count >= 5, "\(area)")
        }
    }

    @Test func skinsAreOrderedFromLightToDark() throws {
        let tones = try PortraitSkin.allCases.map { skin in
            mean(try painting(PortraitAttributes(.man, skin: skin)).image, 28..<36, 34..<38).reduce(0, +)
        }
        #expect(zip(tones, tones.dropFirst()).allSatisfy { $0 > $1 + 60 }, "\(tones)")
    }

    @Test func lightFallsFromItsSide() throws {
        func halves(_ light: PortraitLight) throws -> (Double, Double) {
            let image = try painting(
                PortraitAttributes(.man, hairStyle: .bald, background: .gray, light: light)
            ).image
            return (mean(image, 22..<27, 33..<37)[1], mean(image, 37..<42, 33..<37)[1])
        }
        let (left, right, front) = (try halves(.left), try halves(.right), try halves(.front))
        #expect(
            left.0 > left.1 + 20 && right.1 > right.0 + 20 && abs(front.0 - front.1) < 20,
            "\(left) \(right) \(front)")
    }

    /// How many pixels are nearer than `reach` to a colour.
    private func count(_ image: Image, _ hex: (Int, Int, Int), reach: Int) -> Int {
        (0..<image.height).reduce(0) { sum, y in
            sum
                + (0..<image.width).count { x in
                    abs(Int(image[x, y, 0]) - hex.0) < reach && abs(Int(image[x, y, 1]) - hex.1) < reach
                        && abs(Int(image[x, y, 2]) - hex.2) < reach
                }
        }
    }

    @Test func aCrownIsGoldAndSeen() throws {
        for seed in 0..<8 as Range<UInt64> {
            for (role, other) in [(PortraitRole.king, PortraitRole.man), (.princess, .girl)] {
                let crowned = try painting(
                    PortraitAttributes(role, hairColour: .black, background: .blue), seed: seed)
                let plain = try painting(
                    PortraitAttributes(other, hairColour: .black, background: .blue), seed: seed)
                let gold = count(crowned.image, (235, 175, 50), reach: 48)
                #expect(gold > count(plain.image, (235, 175, 50), reach: 48) + 25, "\(gold)")
            }
        }
    }

    @Test func hairIsSeenUnderEveryHat() throws {
        for role in [PortraitRole.king, .queen, .wizard, .witch, .maleCook, .femaleFarmer, .prince] {
            let red = try painting(
                PortraitAttributes(role, hairColour: .red, clothes: .white, background: .white))
            let black = try painting(
                PortraitAttributes(role, hairColour: .black, clothes: .white, background: .white))
            let differing = (0..<64 * 64).count { place in
                (0..<3).contains {
                    abs(Int(red.image.pixels[place * 3 + $0]) - Int(black.image.pixels[place * 3 + $0])) > 40
                }
            }
            #expect(differing > 60, "\(role) \(differing)")
        }
    }
}

@Suite struct PlaneShapeTests {
    @Test func distancesAreThoseOfTheShapes() {
        #expect(abs(PlaneShape.disc(3, 4, 0, 0, 2) - 3) < 1e-5)
        #expect(abs(PlaneShape.box(3, 0, 0, 0, 1, 1) - 2) < 1e-5)
        #expect(abs(PlaneShape.box(4, 5, 0, 0, 1, 1) - 5) < 1e-5)
        #expect(abs(PlaneShape.box(0, 0, 0, 0, 1, 0.5) + 0.5) < 1e-5)
        #expect(abs(PlaneShape.line(0, 2, -1, 0, 1, 0, 0.5) - 1.5) < 1e-5)
        #expect(abs(PlaneShape.line(4, 4, -1, 0, 1, 0, 1) - 4) < 1e-5)
        let corner = (SIMD2<Float>(0, 0), SIMD2<Float>(4, 0), SIMD2<Float>(0, 3))
        for order in [corner, (corner.1, corner.0, corner.2)] {
            #expect(abs(PlaneShape.triangle(1, -2, order.0, order.1, order.2) - 2) < 1e-5)
            #expect(abs(PlaneShape.triangle(1, 1, order.0, order.1, order.2) + 1) < 1e-5)
        }
        // Exact on the edge and along the axes; an ellipse of equal sides is a disc.
        #expect(abs(PlaneShape.ellipse(2, 0, 0, 0, 2, 1)) < 1e-5)
        #expect(abs(PlaneShape.ellipse(0.3, 0.4, 0, 0, 1, 1) + 0.5) < 1e-5)
        #expect(abs(PlaneShape.bow(0, 1, 0, 0, 0, 2, 0.25) - 0.75) < 1e-5)
    }

    @Test func aStarHasFivePointsTheFirstUpward() {
        for k in 0..<5 {
            let angle = Float(k) * 2 * .pi / 5
            let (s, c) = (Trigonometry.sine(angle), Trigonometry.cosine(angle))
            #expect(PlaneShape.star(0.97 * s, 0.97 * c, 0, 0, 1) < 0)
            #expect(PlaneShape.star(1.03 * s, 1.03 * c, 0, 0, 1) > 0)
            let (between, across) = (Trigonometry.sine(angle + .pi / 5), Trigonometry.cosine(angle + .pi / 5))
            #expect(PlaneShape.star(0.45 * between, 0.45 * across, 0, 0, 1) > 0)
            #expect(PlaneShape.star(0.33 * between, 0.33 * across, 0, 0, 1) < 0)
        }
    }
}
