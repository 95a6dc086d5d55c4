extension Stage {
    /// The colours of book covers, linear.
    private static let covers: [Vector] = [
        Vector(0.50, 0.04, 0.04), Vector(0.05, 0.18, 0.42), Vector(0.05, 0.27, 0.10),
        Vector(0.60, 0.36, 0.05),
        Vector(0.30, 0.12, 0.05), Vector(0.62, 0.53, 0.36), Vector(0.20, 0.05, 0.28),
        Vector(0.04, 0.30, 0.32),
        Vector(0.70, 0.20, 0.03), Vector(0.10, 0.08, 0.09), Vector(0.58, 0.12, 0.22),
        Vector(0.36, 0.42, 0.46),
    ]
    private static let woods: [Vector] = [
        Vector(0.22, 0.095, 0.04), Vector(0.30, 0.15, 0.065), Vector(0.12, 0.055, 0.03),
        Vector(0.38, 0.22, 0.11),
    ]

    /// Shelves of books along the back wall, and the lamp or candles before them.
    mutating func addLibrary(_ random: inout SplitMix) {
        guard let library = attributes.library else { return }
        camera = Camera(
            position: Vector(random.between(-0.7, 0.7), random.between(1.35, 1.6), -4.9),
            target: Vector(random.between(-0.15, 0.15), 1.12, 0.4), spread: 0.425)
        let wood = addSurface(Surface(random.pick(Self.woods), pattern: .wood))
        let rows = library.tall ? 5 : 3
        let rowHeight = library.tall ? random.between(0.68, 0.74) : random.between(0.60, 0.68)
        let base: Float = 0.14
        let top = base + Float(rows) * rowHeight
        let front: Float = 0.30
        let depth: Float = 0.30
        let half: Float = 3.1
        let board: Float = 0.035
        surroundings.shelf = Surroundings.Shelf(
            front: front, back: front + depth * 2, base: base, rowHeight: rowHeight, top: top)
        var boards: [Primitive] = []
        for row in 0...rows {
            let y = base + Float(row) * rowHeight
            boards.append(
                Primitive(
                    .block, at: Vector(0, y, front + depth), size: Vector(half, board, depth), surface: wood))
        }
        boards.append(
            Primitive(
                .block, at: Vector(0, base / 2 - 0.02, front + depth + 0.03),
                size: Vector(half, base / 2, depth),
                surface: wood))
        let offset = random.between(-0.8, 0.8)
        var uprights: [Float] = []
        for column in -2...2 { uprights.append(Float(column) * 1.55 + offset) }
        for x in uprights {
            boards.append(
                Primitive(
                    .block, at: Vector(x, (base + top) / 2, front + depth - 0.01),
                    size: Vector(0.05, (top - base) / 2 + board, depth + 0.01), surface: wood))
        }
        addGroup(boards, castsShadow: false)
        let covers = Self.covers.map { addSurface(Surface($0 * random.between(0.85, 1.2), pattern: .spine)) }
        for row in 0..<rows {
            let floor = base + Float(row) * rowHeight + board
            addRow(floor, rowHeight - 2 * board, front, depth, uprights, covers, &random)
        }
        let panel = addSurface(Surface(surfaces[wood].colour * 0.55))
        let back = Primitive(
            .block, at: Vector(0, (base + top) / 2, front + 2 * depth),
            size: Vector(half, (top - base) / 2, 0.02),
            surface: panel)
        addGroup([back], castsShadow: false)
        surroundings.wallZ = front + 2 * depth + 0.02
        if library.tall, random.chance(0.4) { addLadder(front, wood, &random) }
        switch library.lighting {
        case .room: break
        case .lamp: addLamp(&random)
        case .candles: addCandles(&random)
        }
    }

    private mutating func addRow(
        _ floor: Float, _ height: Float, _ front: Float, _ depth: Float, _ uprights: [Float], _ covers: [Int],
        _ random: inout SplitMix
    ) {
        for (left, right) in zip(uprights, uprights.dropFirst()) {
            var books: [Primitive] = []
            var x = left + 0.07
            let end = right - 0.07
            while x < end - 0.06 {
                if random.chance(0.06) {
                    x += random.between(0.08, 0.24)
                    continue
                }
                let thickness = min(random.between(0.09, 0.20), end - x)
                let tall = height * random.between(0.66, 0.96)
                let deep = depth * random.between(0.78, 0.92)
                let cover = covers[random.below(covers.count)]
                var book = Primitive(
                    .block, at: Vector(x + thickness / 2, floor + tall / 2, front + 0.04 + deep),
                    size: Vector(thickness / 2 - 0.006, tall / 2, deep), surface: cover)
                if random.chance(0.08), x + thickness + 0.12 < end {
                    let lean = random.between(0.12, 0.2)
                    book.kind = .box
                    book.right = Vector(1, -lean, 0).normalized
                    book.up = Vector(lean, 1, 0).normalized
                    book.origin.x += lean * tall / 2
                    x += lean * tall
                }
                books.append(book)
                x += thickness
            }
            addGroup(books, castsShadow: false)
        }
    }

    /// A ladder that leans against the shelves.
    private mutating func addLadder(_ front: Float, _ wood: Int, _ random: inout SplitMix) {
        let pale = addSurface(Surface(surfaces[wood].colour * 1.7, pattern: .wood))
        let x = random.between(0.7, 1.5) * (random.chance(0.5) ? 1 : -1)
        let foot = Vector(x, 0, front - 0.75)
        let rise = Vector(0, 3.4, 0.70)
        var solids: [Primitive] = []
        for side in [Float(-0.24), 0.24] {
            let rail = Primitive(
                .frustum, at: foot + Vector(side, 0, 0), size: Vector(0.045, rise.length, 0.045),
                surface: pale)
            solids.append(rail.pointing(rise))
        }
        for step in 1..<9 {
            let middle = foot + rise * (Float(step) / 9)
            solids.append(Primitive(.block, at: middle, size: Vector(0.24, 0.028, 0.04), surface: pale))
        }
        addGroup(solids, castsShadow: false)
    }

    private mutating func addLamp(_ random: inout SplitMix) {
        let warm = Vector(1.0, 0.72, 0.38)
        let side: Float = lampSide(&random)
        let foot = Vector(side * random.between(1.05, 1.3), 0, random.between(-0.75, -0.45))
        let metal = addSurface(Surface(Vector(0.16, 0.11, 0.05), .shiny))
        let shade = addSurface(
            Surface(random.pick([warm * 1.25, Vector(0.35, 0.85, 0.45), Vector(1.1, 0.5, 0.3)]), .glowing))
        let height = random.between(1.15, 1.6)
        let top = foot + Vector(0, height, 0)
        addGroup(
            [
                Primitive(.frustum, at: top, size: Vector(0.36, 0.42, 0.20), surface: shade),
                Primitive(.frustum, at: foot, size: Vector(0.035, height + 0.05, 0.03), surface: metal),
                Primitive(.frustum, at: foot, size: Vector(0.24, 0.06, 0.18), surface: metal),
            ], bulk: (foot + Vector(0, 0.1, 0), 0.2))
        let bulb = top + Vector(0, 0.12, -0.1)
        rig.add(PointLight(position: bulb, colour: warm * 1.6, reach: 0.9))
        glows.append(Glow(position: top + Vector(0, 0.2, -0.3), colour: warm * 0.30, radius: 0.75))
    }

    private mutating func addCandles(_ random: inout SplitMix) {
        let warm = Vector(1.0, 0.62, 0.24)
        let wax = addSurface(Surface(Vector(0.85, 0.78, 0.62)))
        let fire = addSurface(Surface(Vector(1.6, 1.0, 0.38), .glowing))
        let table = addSurface(Surface(random.pick(Self.woods) * 0.8, pattern: .wood))
        let side = lampSide(&random)
        let center = Vector(side * random.between(0.8, 1.05), 0.62, random.between(-0.9, -0.65))
        let count = 2 + random.below(2)
        var solids = [
            Primitive(
                .frustum, at: center - Vector(0, 0.06, 0), size: Vector(0.55, 0.06, 0.55), surface: table),
            Primitive(
                .frustum, at: center - Vector(0, 0.62, 0), size: Vector(0.09, 0.6, 0.07), surface: table),
        ]
        for candle in 0..<count {
            let x = (Float(candle) - Float(count - 1) / 2) * 0.33 + random.between(-0.04, 0.04)
            let foot = center + Vector(x, 0, random.between(-0.12, 0.12))
            let height = random.between(0.22, 0.48)
            solids.append(Primitive(.frustum, at: foot, size: Vector(0.075, height, 0.07), surface: wax))
            let flame = foot + Vector(0, height + 0.11, 0)
            solids.append(Primitive(.ellipsoid, at: flame, size: Vector(0.05, 0.11, 0.05), surface: fire))
            rig.add(PointLight(position: flame + Vector(0, 0.1, 0), colour: warm * 0.85, reach: 0.9))
            glows.append(Glow(position: flame + Vector(0, 0, -0.1), colour: warm * 0.35, radius: 0.35))
        }
        addGroup(solids, bulk: (center - Vector(0, 0.5, 0), 0.2))
    }

    /// Which side a lamp stands on: away from the thing that the scene shows.
    private func lampSide(_ random: inout SplitMix) -> Float {
        switch attributes.objects.first?.place {
        case .left: return 1
        case .right: return -1
        default: return random.chance(0.5) ? 1 : -1
        }
    }
}
