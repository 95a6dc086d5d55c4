import Foundation
import Images
import Testing

@Suite struct ImageDifferenceTests {
    @Test func itCountsSampleBySample() throws {
        let first = try Image(width: 2, height: 1, channels: 3, pixels: [0, 10, 20, 30, 40, 255])
        let second = try Image(width: 2, height: 1, channels: 3, pixels: [0, 12, 20, 26, 40, 255])
        let difference = try #require(ImageDifference(first, second))
        #expect(difference.largest == 4 && difference.mean == 1 && difference.share == 2 / 6.0)
        let squares = (4.0 + 16) / 6
        #expect(abs((difference.decibels ?? 0) - 10 * log10(255 * 255 / squares)) < 1e-12)
        #expect(!difference.isNone)
    }

    @Test func equalPicturesHaveNone() throws {
        let gray = try Image(width: 1, height: 2, channels: 1, pixels: [7, 9])
        let rgb = try Image(width: 1, height: 2, channels: 3, pixels: [7, 7, 7, 9, 9, 9])
        let difference = try #require(ImageDifference(gray, rgb))
        #expect(difference.isNone && difference.decibels == nil && difference.mean == 0)
        #expect(try ImageDifference(gray, Image(width: 2, height: 1)) == nil)
    }

    @Test func blackAndWhiteAreNoDecibelsApart() throws {
        let difference = try ImageDifference(
            Image(width: 3, height: 3, fill: (0, 0, 0)), Image(width: 3, height: 3))
        #expect(difference?.decibels == 0 && difference?.largest == 255 && difference?.share == 1)
    }
}
