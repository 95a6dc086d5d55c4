extension Image {
    /// The part of the image that begins at column `x`, row `y`.
    ///
    /// - Throws: `ImageError.cropOutside` unless the rectangle is not empty and lies inside.
    public func cropped(x: Int, y: Int, width: Int, height: Int) throws(ImageError) -> Image {
        guard x >= 0, y >= 0, width >= 1, height >= 1, width <= self.width, height <= self.height,
            x <= self.width - width, y <= self.height - height
        else {
            throw .cropOutside(
                x: x, y: y, width: width, height: height, imageWidth: self.width, imageHeight: self.height)
        }
        var samples: [UInt8] = []
        samples.reserveCapacity(width * height * channels)
        for row in y..<y + height {
            let start = (row * self.width + x) * channels
            samples += pixels[start..<start + width * channels]
        }
        return Image(uncheckedWidth: width, height: height, channels: channels, pixels: samples)
    }

    /// Left and right exchanged.
    public func mirrored() -> Image {
        rearranged(width: width, height: height) { x, y in (width - 1 - x, y) }
    }

    /// Top and bottom exchanged.
    public func flipped() -> Image {
        rearranged(width: width, height: height) { x, y in (x, height - 1 - y) }
    }

    /// A quarter turn clockwise.
    public func turnedRight() -> Image {
        rearranged(width: height, height: width) { x, y in (y, height - 1 - x) }
    }

    /// A quarter turn anticlockwise.
    public func turnedLeft() -> Image {
        rearranged(width: height, height: width) { x, y in (width - 1 - y, x) }
    }

    /// Rows and columns exchanged.
    public func transposed() -> Image {
        rearranged(width: height, height: width) { x, y in (y, x) }
    }

    /// An image whose pixel (x, y) is this image's pixel `source(x, y)`.
    private func rearranged(width newWidth: Int, height newHeight: Int, _ source: (Int, Int) -> (Int, Int))
        -> Image
    {
        let count = pixels.count
        let samples = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            pixels.withUnsafeBufferPointer { from in
                var write = 0
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        let (column, row) = source(x, y)
                        let read = (row * width + column) * channels
                        for channel in 0..<channels { target[write + channel] = from[read + channel] }
                        write += channels
                    }
                }
            }
            filled = count
        }
        return Image(uncheckedWidth: newWidth, height: newHeight, channels: channels, pixels: samples)
    }
}
