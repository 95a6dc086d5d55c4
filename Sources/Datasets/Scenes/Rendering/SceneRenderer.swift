public import Images

/// The distance of what each pixel shows, row by row from the top.
public struct DepthMap: Hashable, Sendable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Distance from the viewer in scene units (a large thing is about two high); infinite for sky and walls.
    public let distances: [Float]
}

extension Scene {
    /// Draws the scene.
    ///
    /// - Parameters:
    ///   - resolution: Width and height in pixels, 1...4096.
    ///   - supersampling: Rays along each side of a pixel, 1...8; drawings use at least 2.
    /// - Returns: An RGB picture, the same on every call and thread.
    /// - Throws: `DatasetError.badOption` for sizes outside these ranges.
    public func picture(resolution: Int, supersampling: Int = 2) throws(DatasetError) -> Image {
        try Self.check(resolution, supersampling)
        let stage = Stage(attributes, seed: seed)
        do throws(ImageError) {
            return try Image(rgbWidth: resolution, height: resolution) { buffer in
                switch attributes.style {
                case .photo: stage.photograph(resolution, supersampling, into: buffer)
                case .cartoon, .lineDrawing: stage.drawing(resolution, supersampling, into: buffer)
                }
            }
        } catch {
            throw .badOption(name: "resolution", expected: "in 1...4096", found: "\(resolution)")
        }
    }

    private static func check(_ resolution: Int, _ supersampling: Int) throws(DatasetError) {
        guard (1...4096).contains(resolution) else {
            throw .badOption(name: "resolution", expected: "in 1...4096", found: "\(resolution)")
        }
        guard (1...8).contains(supersampling) else {
            throw .badOption(name: "supersampling", expected: "in 1...8", found: "\(supersampling)")
        }
    }

    /// Measures the distance of what each pixel's middle shows; flames and glows count as air.
    ///
    /// - Throws: `DatasetError.badOption` for a resolution outside 1...4096.
    public func depthMap(resolution: Int) throws(DatasetError) -> DepthMap {
        try Self.check(resolution, 1)
        let distances = Stage(attributes, seed: seed).depths(resolution)
        return DepthMap(width: resolution, height: resolution, distances: distances)
    }

    /// Which thing each pixel's middle shows: 0 or 1 for the things in their order, -1 for everything else.
    ///
    /// - Throws: `DatasetError.badOption` for a resolution outside 1...4096.
    public func objectMap(resolution: Int) throws(DatasetError) -> [Int] {
        try Self.check(resolution, 1)
        return Stage(attributes, seed: seed).objects(resolution)
    }
}

extension Stage {
    /// Calls `body` with a tracer that borrows this stage.
    func withTracer<Result>(_ side: Int, _ body: (Tracer) -> Result) -> Result {
        primitives.withUnsafeBufferPointer { primitives in
            groups.withUnsafeBufferPointer { groups in
                surfaces.withUnsafeBufferPointer { surfaces in
                    glows.withUnsafeBufferPointer { glows in
                        ShadowPattern.shared.points.withUnsafeBufferPointer { pattern in
                            let helper = abs(rig.direction.y) < 0.9 ? Vector(0, 1, 0) : Vector(1, 0, 0)
                            let across = rig.direction.cross(helper).normalized
                            return body(
                                Tracer(
                                    geometry: SceneGeometry(
                                        primitives: primitives, groups: groups, nearCount: nearCount),
                                    surfaces: surfaces, glows: glows, pattern: pattern, rig: rig,
                                    surroundings: surroundings, flames: flames,
                                    lampAcross: across * rig.softness,
                                    lampAlong: across.cross(rig.direction) * rig.softness,
                                    pixel: camera.spread / Float(side)))
                        }
                    }
                }
            }
        }
    }

    /// Renders by tracing up to `rays` × `rays` rays a pixel; where two opposite ones agree, two do.
    func photograph(_ side: Int, _ rays: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let shadowRays = max(1, 16 / (rays * rays))
        withTracer(side) { tracer in
            let step = 2 / Float(side * rays)
            @inline(__always) func sample(_ x: Int, _ y: Int, _ k: Int) -> Vector {
                let u = (Float(x * rays + k % rays) + 0.5) * step - 1
                let v = 1 - (Float(y * rays + k / rays) + 0.5) * step
                return ToneCurve.shown(tracer.colour(camera.ray(u, v), sample: k, rays: shadowRays))
            }
            for y in 0..<side {
                for x in 0..<side {
                    var sum = Vector(0, 0, 0)
                    var traced: Float = 0
                    for order in 0..<rays * rays {
                        let k = order == 1 ? rays * rays - 1 : (order == 0 ? 0 : order - 1)
                        let colour = sample(x, y, k)
                        let agrees = order == 1 && rays == 2 && ToneCurve.near(sum, colour)
                        sum += colour
                        traced += 1
                        if agrees { break }
                    }
                    ToneCurve.write(sum * (1 / traced), to: buffer, at: (y * side + x) * 3)
                }
            }
        }
    }

    func depths(_ side: Int) -> [Float] {
        middles(side) { tracer, ray in
            let hit = tracer.geometry.nearest(ray)
            let ground = ray.direction.y < -1e-5 ? -ray.origin.y / ray.direction.y : .infinity
            if hit.t < ground { return hit.t }
            return ground < .infinity && !surroundings.groundEnds(ray.at(ground)) ? ground : .infinity
        }
    }

    func objects(_ side: Int) -> [Int] {
        middles(side) { tracer, ray in
            let hit = tracer.geometry.nearest(ray)
            return hit.surface < 0 ? -1 : Int(surfaces[Int(hit.surface)].object)
        }
    }

    private func middles<Value>(_ side: Int, _ value: (Tracer, Ray) -> Value) -> [Value] {
        withTracer(side) { tracer in
            var values: [Value] = []
            values.reserveCapacity(side * side)
            for y in 0..<side {
                for x in 0..<side {
                    let u = (Float(x) + 0.5) * 2 / Float(side) - 1
                    let v = 1 - (Float(y) + 0.5) * 2 / Float(side)
                    values.append(value(tracer, camera.ray(u, v)))
                }
            }
            return values
        }
    }
}

/// From light to bytes.
enum ToneCurve {
    /// Keeps light below 0.55 as it is and bends brighter light softly toward 1.
    @inline(__always) static func shown(_ light: Vector) -> Vector {
        Vector(bent(light.x), bent(light.y), bent(light.z))
    }

    @inline(__always) private static func bent(_ value: Float) -> Float {
        guard value > 0.55 else { return max(value, 0) }
        let over = (value - 0.55) / 0.45
        return 0.55 + 0.45 * over / (1 + over * 0.78) * 1.0
    }

    /// True when two shown colours can hardly be told apart.
    @inline(__always) static func near(_ a: Vector, _ b: Vector) -> Bool {
        let d = a - b
        let size = a.x + a.y + a.z + b.x + b.y + b.z
        return max(abs(d.x), max(abs(d.y), abs(d.z))) < 0.004 + 0.016 * size
    }

    /// Writes one pixel.
    @inline(__always) static func write(
        _ pixel: Vector, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        buffer[start] = byte(pixel.x)
        buffer[start + 1] = byte(pixel.y)
        buffer[start + 2] = byte(pixel.z)
    }

    /// The sRGB byte of a linear value, looked up by its square root.
    @inline(__always) static func byte(_ value: Float) -> UInt8 {
        value > 0 ? table[Int(min(value, 1).squareRoot() * 4095 + 0.5)] : 0
    }

    private static let table: [UInt8] = (0...4095).map { step in
        let root = Float(step) / 4095
        let value = root * root
        let encoded =
            value <= 0.003_130_8 ? value * 12.92 : 1.055 * Trigonometry.power(value, 1 / 2.4) - 0.055
        return UInt8(encoded * 255 + 0.5)
    }
}
