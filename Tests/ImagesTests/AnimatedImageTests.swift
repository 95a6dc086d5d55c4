import Foundation
import Images
import Testing

@Suite("Animations")
struct AnimatedImageTests {
    @Test("frames, times and loops come back")
    func roundTrip() throws {
        let frames = try (0..<5).map { index in
            try AnimatedImage.Frame(
                noise(20, 14, channels: 3, seed: UInt64(index)), milliseconds: 40 + index * 100)
        }
        let animation = try AnimatedImage(frames: frames, loops: 3)
        let decoded = try AnimatedImage(decoding: animation.webpData())
        #expect(decoded.loops == 3)
        #expect(decoded.frames.map(\.milliseconds) == frames.map(\.milliseconds))
        #expect(decoded.frames.map { $0.image.rgb() } == frames.map(\.image))
    }

    @Test("lossy frames come close; gray frames are written as RGB")
    func lossy() throws {
        let picture = try gradient(48, 32)
        let animation = try AnimatedImage(
            [picture, picture.mirrored()], milliseconds: 50, lastMilliseconds: 900)
        let decoded = try AnimatedImage(decoding: animation.webpData(.lossy(quality: 90)))
        #expect(decoded.frames.map(\.milliseconds) == [50, 900])
        #expect(try likeness(decoded.frames[1].image.rgb(), picture.mirrored()) > 30)
        let gray = try AnimatedImage([picture.gray(), picture.gray().flipped()], milliseconds: 50)
        #expect(try AnimatedImage(decoding: gray.webpData()).frames[0].image.rgb() == picture.gray().rgb())
    }

    @Test("equal neighbours are stored once, for their times together")
    func equalNeighbours() throws {
        let picture = try noise(9, 9, channels: 3)
        let animation = try AnimatedImage([picture, picture, picture.flipped()], milliseconds: 30)
        let decoded = try AnimatedImage(decoding: animation.webpData())
        #expect(decoded.frames.map(\.milliseconds) == [60, 30])
    }

    @Test("a still picture is an animation of one frame; PNG is none")
    func still() throws {
        let picture = try noise(7, 7, channels: 3)
        let animation = try AnimatedImage(decoding: picture.webpData())
        #expect(animation.frames.map { $0.image.rgb() } == [picture])
        #expect(throws: ImageError.self) { try AnimatedImage(decoding: picture.pngData()) }
    }

    @Test("frames are checked")
    func checked() throws {
        let picture = try noise(4, 4, channels: 3)
        #expect(throws: ImageError.noPictures(of: "an animation")) { try AnimatedImage([], milliseconds: 40) }
        let other = try noise(4, 5, channels: 3)
        #expect(
            throws: ImageError.frameSizeDiffers(
                frame: 1, width: 4, height: 5, expectedWidth: 4, expectedHeight: 4)
        ) { try AnimatedImage([picture, other], milliseconds: 40) }
        #expect(throws: ImageError.durationOutOfRange(frame: 0, milliseconds: 0)) {
            try AnimatedImage([picture], milliseconds: 0)
        }
        #expect(throws: ImageError.durationOutOfRange(frame: 1, milliseconds: .max)) {
            try AnimatedImage([picture, picture], milliseconds: 40, lastMilliseconds: .max)
        }
        #expect(throws: ImageError.loopsOutOfRange(70_000)) {
            try AnimatedImage([picture], milliseconds: 40, loops: 70_000)
        }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let animation = try AnimatedImage([picture, picture.mirrored()], milliseconds: 40)
        #expect(throws: ImageError.noAnimation(in: .png, path: "a.png")) {
            try animation.write(to: URL(fileURLWithPath: "a.png", relativeTo: folder))
        }
        let url = folder.appending(path: "a.webp")
        try animation.write(to: url)
        #expect(try AnimatedImage(decoding: Data(contentsOf: url)).frames.count == 2)
    }
}
