public import Foundation

extension Image {
    /// What the header of a picture file says.
    public struct Header: Hashable, Sendable {
        /// The format that the bytes have, whatever the file is called.
        public let format: ImageFormat
        /// Columns of the picture as it should be seen.
        public let width: Int
        /// Rows of the picture as it should be seen.
        public let height: Int
    }

    /// The size of a picture from its header alone: nothing is decoded, and no memory is taken for pixels.
    ///
    /// `name` is what error messages call these bytes.
    /// - Throws: `ImageError` when the bytes are no picture or their header is damaged.
    public static func header(
        of bytes: some ContiguousBytes, named name: String = "these bytes"
    ) throws(ImageError) -> Header {
        try CodecCall.bytes(of: bytes) { (buffer) throws(ImageError) -> Header in
            let format = try Self.format(of: buffer, named: name)
            let (width, height) = try declaredSize(of: buffer, named: name)
            let isTurned = Orientation(in: buffer, format: format).exchangesSides
            return Header(format: format, width: isTurned ? height : width, height: isTurned ? width : height)
        }
    }

    /// The decoders refuse what has more pixels than allowed before they take memory; with none allowed, they say the size.
    private static func declaredSize(
        of buffer: UnsafeRawBufferPointer, named name: String
    ) throws(ImageError) -> (Int, Int) {
        do throws(ImageError) {
            _ = try decode(buffer, named: name, pixelLimit: 0)
            throw .empty(source: name)
        } catch {
            guard case .tooManyPixels(_, let width, let height, _) = error else { throw error }
            return (width, height)
        }
    }
}

extension Orientation {
    /// Whether rows become columns.
    var exchangesSides: Bool { rawValue >= Orientation.mirroredTurnedLeft.rawValue }
}
