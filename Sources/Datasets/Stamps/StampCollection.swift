public import Foundation
import Images

/// The photographs among the stamps of the drawing program Tux Paint: things cut out, each with an English title.
///
/// The stamps are free under the GNU General Public License, version 2 or later. They are read where the system's
/// package put them and never copied into a data set's code; who passes on pictures made of them keeps that licence.
public struct StampCollection: Sendable {
    /// One photograph.
    struct Stamp: Sendable {
        let file: String
        let title: String
        let category: StampCategory
        let mayMirror: Bool
        /// Cut to what is opaque, at most `longestSide` pixels a side.
        let picture: Image
    }

    /// Where Debian and Ubuntu put the stamps.
    public static let systemFolder = URL(fileURLWithPath: "/usr/share/tuxpaint/stamps", isDirectory: true)

    let stamps: [Stamp]
    static let longestSide = 512
    private static let pixelLimit = 8_000_000

    /// Reads every photograph below a folder.
    ///
    /// A stamp is taken when its folder is that of a category and no cartoon's, its title is short and starts with an
    /// article, and its pixels are those of a photograph: many colours, few equal neighbours, a transparent surround.
    /// Files that cannot be read are passed over, and links are not followed.
    /// - Throws: `DatasetError.missingSource` without such a folder, `.unusableSource` when no photograph is in it.
    public init(folder: URL = systemFolder) throws(DatasetError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw .missingSource(
                what: "the stamps of Tux Paint", path: folder.path, package: "tuxpaint-stamps-default")
        }
        var stamps: [Stamp] = []
        for category in StampCategory.allCases {
            for file in Self.pictures(
                in: folder.appending(path: category.rawValue, directoryHint: .isDirectory))
            {
                let name = String(file.deletingPathExtension().path.dropFirst(folder.path.count + 1))
                if let stamp = Self.stamp(file, name, category) { stamps.append(stamp) }
            }
        }
        guard !stamps.isEmpty else {
            throw .unusableSource(
                path: folder.path, reason: "none of the stamps in it is a photograph with a title")
        }
        self.stamps = stamps.sorted { $0.file < $1.file }
    }

    /// The PNG files below a folder that are no links and no cartoons.
    private static func pictures(in folder: URL) -> [URL] {
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey]
        guard let walker = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys) else {
            return []
        }
        var files: [URL] = []
        for case let file as URL in walker where file.pathExtension.lowercased() == "png" {
            let values = try? file.resourceValues(forKeys: Set(keys))
            guard values?.isRegularFile == true, values?.isSymbolicLink != true else { continue }
            if !file.pathComponents.contains("cartoon") { files.append(file) }
        }
        return files
    }

    private static func stamp(_ file: URL, _ name: String, _ category: StampCategory) -> Stamp? {
        let stem = file.deletingPathExtension()
        guard let title = title(in: text(stem.appendingPathExtension("txt"))),
            let picture = try? Image(contentsOf: file, pixelLimit: pixelLimit), picture.channels == 4,
            isPhotograph(picture), let cut = try? cut(picture)
        else { return nil }
        let flags = text(stem.appendingPathExtension("dat"))
        return Stamp(
            file: name, title: title, category: category, mayMirror: !flags.contains("nomirror"), picture: cut
        )
    }

    /// A small text file; empty where there is none.
    private static func text(_ url: URL) -> String {
        let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        guard values?.isRegularFile == true, (values?.fileSize ?? .max) <= 1 << 16 else { return "" }
        return (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The title on the first line, as it stands in a sentence: "a red kangaroo"; nil for what is none.
    static func title(in text: String) -> String? {
        guard let line = text.split(whereSeparator: \.isNewline).first, !line.contains("=") else {
            return nil
        }
        let sentence = line.prefix { !".!?(;:,".contains($0) }
        let words = sentence.split(separator: " ").map(String.init)
        guard (2...5).contains(words.count), let first = words.first?.lowercased(), articles.contains(first),
            words.allSatisfy({ $0.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "'") } }),
            !words.contains(where: { verbs.contains($0.lowercased()) })
        else { return nil }
        return ([first] + words.dropFirst()).joined(separator: " ")
    }

    private static let articles: Set<String> = ["a", "an", "some", "two", "three"]
    private static let verbs: Set<String> = ["is", "are", "was", "resembles", "used", "looks", "has", "can"]

    /// True for a cut-out with many colours and few equal neighbours, as cameras make them.
    static func isPhotograph(_ picture: Image) -> Bool {
        guard max(picture.width, picture.height) >= 90 else { return false }
        var (opaque, pairs, equal) = (0, 0, 0)
        var colours = Set<UInt16>()
        let pixels = picture.pixels
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let here = (y * picture.width + x) * 4
                guard pixels[here + 3] > 128 else { continue }
                opaque += 1
                let (red, green, blue) = (pixels[here] >> 3, pixels[here + 1] >> 3, pixels[here + 2] >> 3)
                colours.insert(UInt16(red) << 10 | UInt16(green) << 5 | UInt16(blue))
                guard x > 0, pixels[here - 1] > 128 else { continue }
                pairs += 1
                if pixels[here] == pixels[here - 4], pixels[here + 1] == pixels[here - 3],
                    pixels[here + 2] == pixels[here - 2]
                {
                    equal += 1
                }
            }
        }
        let share = Double(opaque) / Double(picture.width * picture.height)
        return (0.12...0.97).contains(share) && colours.count > 150
            && Double(equal) < 0.3 * Double(max(1, pairs))
    }

    /// The part that is not transparent, made smaller where it is very large.
    static func cut(_ picture: Image) throws(ImageError) -> Image {
        var (left, right, top, bottom) = (picture.width, -1, picture.height, -1)
        for y in 0..<picture.height {
            for x in 0..<picture.width where picture[x, y, 3] > 40 {
                (left, right) = (min(left, x), max(right, x))
                (top, bottom) = (min(top, y), max(bottom, y))
            }
        }
        guard left <= right, top <= bottom else { return picture }
        let cut = try picture.cropped(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
        return max(cut.width, cut.height) <= longestSide
            ? cut : try cut.fitted(within: longestSide, longestSide)
    }
}
