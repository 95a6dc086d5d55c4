extension Image {
    /// The image in three channels: gray is repeated, alpha is laid over `background`.
    public func rgb(over background: Color = .white) -> Image {
        if channels == 3 { return self }
        let count = width * height
        let under = [background.red, background.green, background.blue].map(Int.init)
        let samples = [UInt8](unsafeUninitializedCapacity: count * 3) { target, filled in
            pixels.withUnsafeBufferPointer { from in
                for index in 0..<count {
                    let write = index * 3
                    if channels == 1 {
                        for channel in 0..<3 { target[write + channel] = from[index] }
                    } else {
                        let alpha = Int(from[index * 4 + 3])
                        for channel in 0..<3 {
                            let mixed =
                                Int(from[index * 4 + channel]) * alpha + under[channel] * (255 - alpha)
                            target[write + channel] = UInt8((mixed + 127) / 255)
                        }
                    }
                }
            }
            filled = count * 3
        }
        return Image(uncheckedWidth: width, height: height, channels: 3, pixels: samples)
    }

    /// The image in four channels; what had no alpha is opaque.
    public func rgba() -> Image {
        if channels == 4 { return self }
        let three = rgb()
        var samples = [UInt8](repeating: 255, count: width * height * 4)
        for index in 0..<width * height {
            for channel in 0..<3 { samples[index * 4 + channel] = three.pixels[index * 3 + channel] }
        }
        return Image(uncheckedWidth: width, height: height, channels: 4, pixels: samples)
    }

    /// The image in one channel: luma 0.299 red + 0.587 green + 0.114 blue, alpha laid over white.
    ///
    /// Source: ITU-R BT.601.
    public func gray() -> Image {
        if channels == 1 { return self }
        let three = rgb()
        let samples = (0..<width * height).map { index in
            let start = index * 3
            let weighted =
                299 * Int(three.pixels[start]) + 587 * Int(three.pixels[start + 1])
                + 114 * Int(three.pixels[start + 2])
            return UInt8((weighted + 500) / 1000)
        }
        return Image(uncheckedWidth: width, height: height, channels: 1, pixels: samples)
    }
}
