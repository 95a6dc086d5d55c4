import Foundation

/// The few messages of TensorBoard's protocol that a training run needs, in protocol-buffer wire format.
///
/// Source: `event.proto` and `summary.proto` of TensorBoard; field numbers stand beside the fields.
enum SummaryMessage {
    /// The first record of every file.
    static func version(time: Double) -> [UInt8] {
        number(1, time) + field(3, Array("brain.Event:2".utf8))
    }

    /// Says that the run begins, or begins again: what stood at this step and later counts no more.
    static func start(time: Double, step: Int) -> [UInt8] {
        // SessionLog.status (1) = START (1)
        event(time, step) + field(7, integer(1, 1))
    }

    /// Numbers by their names.
    static func scalars(_ values: [(tag: String, value: Double)], time: Double, step: Int) -> [UInt8] {
        let summary = values.flatMap { tag, value in
            // Value: tag (1), simple_value (2)
            field(1, field(1, Array(tag.utf8)) + single(2, Float(value)))
        }
        return event(time, step) + field(5, summary)
    }

    /// A picture as the PNG file that it is; nil when the bytes are no PNG.
    static func image(_ tag: String, png: [UInt8], time: Double, step: Int) -> [UInt8]? {
        let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        guard png.count > 33, Array(png.prefix(8)) == signature else { return nil }
        func size(at place: Int) -> Int { png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        // Image: height (1), width (2), colorspace (3, RGB), encoded_image_string (4)
        let image = integer(1, size(at: 20)) + integer(2, size(at: 16)) + integer(3, 3) + field(4, png)
        return event(time, step) + field(5, field(1, field(1, Array(tag.utf8)) + field(4, image)))
    }

    /// Event: wall_time (1), step (2).
    private static func event(_ time: Double, _ step: Int) -> [UInt8] {
        number(1, time) + (step == 0 ? [] : integer(2, step))
    }

    // MARK: wire format

    private static func variable(_ value: UInt64) -> [UInt8] {
        var (value, bytes) = (value, [UInt8]())
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
    private static func key(_ field: Int, _ kind: Int) -> [UInt8] { variable(UInt64(field << 3 | kind)) }
    private static func integer(_ field: Int, _ value: Int) -> [UInt8] {
        key(field, 0) + variable(UInt64(bitPattern: Int64(value)))
    }
    private static func number(_ field: Int, _ value: Double) -> [UInt8] {
        key(field, 1) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    private static func single(_ field: Int, _ value: Float) -> [UInt8] {
        key(field, 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    private static func field(_ field: Int, _ bytes: [UInt8]) -> [UInt8] {
        key(field, 2) + variable(UInt64(bytes.count)) + bytes
    }
}
