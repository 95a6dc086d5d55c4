import Foundation
import Images
import Testing

/// A small random generator (SplitMix64), so that failures can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// An image of random samples: nothing for a codec to guess.
func noise(_ width: Int, _ height: Int, channels: Int, seed: UInt64 = 1) throws -> Image {
    var generator = SeededGenerator(seed: seed)
    let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return try Image(width: width, height: height, channels: channels, pixels: pixels)
}

/// An image whose pixels a function gives.
func picture(_ width: Int, _ height: Int, channels: Int = 3, _ pixel: (Int, Int) -> [Int]) throws -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for sample in pixel(x, y) { pixels.append(UInt8(sample)) }
        }
    }
    return try Image(width: width, height: height, channels: channels, pixels: pixels)
}

/// A smooth picture, as a photograph is.
func gradient(_ width: Int, _ height: Int) throws -> Image {
    try picture(width, height) { x, y in
        let red = x * 255 / max(1, width - 1)
        let green = y * 255 / max(1, height - 1)
        return [red, green, (x + y) % 200]
    }
}

/// Peak signal-to-noise ratio in decibels.
func likeness(_ left: Image, _ right: Image) throws -> Double {
    try #require(left.pixels.count == right.pixels.count)
    var squares = 0.0
    for (one, other) in zip(left.pixels, right.pixels) {
        let difference = Double(one) - Double(other)
        squares += difference * difference
    }
    let largest = 65_025 * Double(left.pixels.count)
    return squares == 0 ? .infinity : 10 * log10(largest / squares)
}

/// The error that a closure throws.
func failure(_ body: () throws -> Void) throws -> ImageError {
    do {
        try body()
    } catch let error as ImageError {
        return error
    }
    Issue.record("expected an ImageError, nothing was thrown")
    throw CocoaError(.featureUnsupported)
}

/// A file from the Fixtures folder.
func fixture(_ name: String) throws -> Data {
    let url = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try Data(contentsOf: url.appending(path: name))
}

/// A new folder for one test.
func temporaryFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "images-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
}

/// Big-endian bytes of a number.
func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

/// Little-endian bytes of a number.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
