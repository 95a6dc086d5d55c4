/// Repeatable texture noise from integer hashing, without tables.
enum Noise {
    /// A number in 0..<1 for a cell of the plane.
    @inline(__always) static func hash(_ x: Int32, _ y: Int32, _ seed: UInt32) -> Float {
        var h =
            UInt32(bitPattern: x) &* 0x8DA6_B343 ^ UInt32(bitPattern: y) &* 0xD816_3841 ^ seed &* 0xCB1A_B31F
        h ^= h >> 15
        h = h &* 0x2C1B_3C6D
        h ^= h >> 12
        h = h &* 0x297A_2D39
        h ^= h >> 15
        return Float(h >> 8) * 0x1p-24
    }

    /// The number of the unit cell that holds a value: the value rounded down, 0 for what is no usable number.
    @inline(__always) static func cell(_ value: Float) -> Int32 {
        guard abs(value) < 1e9 else { return 0 }
        let whole = Int32(value)
        return Float(whole) > value ? whole &- 1 : whole
    }

    /// How far a value lies above the whole number below it, 0..<1.
    @inline(__always) static func fraction(_ value: Float) -> Float {
        value - Float(cell(value))
    }

    /// Smooth noise in 0...1 with features one unit wide.
    @inline(__always) static func value(_ x: Float, _ y: Float, _ seed: UInt32) -> Float {
        let i = cell(x)
        let j = cell(y)
        var u = x - Float(i)
        var v = y - Float(j)
        u = u * u * (3 - 2 * u)
        v = v * v * (3 - 2 * v)
        let low = mix(hash(i, j, seed), hash(i &+ 1, j, seed), u)
        let high = mix(hash(i, j &+ 1, seed), hash(i &+ 1, j &+ 1, seed), u)
        return mix(low, high, v)
    }

    /// A few octaves of smooth noise, in 0...1.
    @inline(__always) static func fractal(_ x: Float, _ y: Float, _ seed: UInt32, octaves: Int) -> Float {
        var sum: Float = 0
        var weight: Float = 0.5
        var scale: Float = 1
        for octave in 0..<octaves {
            sum += weight * value(x * scale, y * scale, seed &+ UInt32(octave))
            weight *= 0.5
            scale *= 2.03
        }
        return sum / (1 - weight * 2)
    }
}
