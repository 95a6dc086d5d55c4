/// One emoji of the Unicode list.
public struct EmojiEntry: Codable, Hashable, Sendable {
    /// Its characters.
    public let text: String
    /// Its English name, such as `woman astronaut: dark skin tone`.
    public let name: String
    /// Its group, such as `People & Body`.
    public let group: String
    /// Its subgroup, such as `person-role`.
    public let subgroup: String

    /// The name without skin tones and hair.
    public var base: String { String(name.prefix(while: { $0 != ":" })) }

    /// What the name says after its colon, part by part.
    public var details: [String] {
        guard let colon = name.firstIndex(of: ":") else { return [] }
        return name[name.index(after: colon)...].split(separator: ",").map {
            String($0.drop(while: { $0 == " " }))
        }
    }

    /// The skin tones that the name states.
    public var tones: [EmojiTone] {
        details.compactMap { detail in
            detail.hasSuffix(" skin tone") ? EmojiTone(rawValue: String(detail.dropLast(10))) : nil
        }
    }
}

/// The five skin tones of emoji.
public enum EmojiTone: String, Codable, CaseIterable, Sendable {
    case light
    case mediumLight = "medium-light"
    case medium
    case mediumDark = "medium-dark"
    case dark
}

extension EmojiEntry {
    /// Reads the list `emoji-test.txt` of the Unicode Consortium; only fully qualified emoji, in the list's order.
    ///
    /// Lines that follow no rule of the format are left out. Source: Unicode Technical Standard 51,
    /// https://www.unicode.org/reports/tr51/
    static func list(_ text: String) -> [EmojiEntry] {
        var entries: [EmojiEntry] = []
        var (group, subgroup) = ("", "")
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("# group:") {
                group = trimmed(line.dropFirst(8))
            } else if line.hasPrefix("# subgroup:") {
                subgroup = trimmed(line.dropFirst(11))
            } else if let entry = entry(line, group, subgroup) {
                entries.append(entry)
            }
        }
        return entries
    }

    /// A line such as `1F600 ; fully-qualified # 😀 E1.0 grinning face`.
    private static func entry(_ line: Substring, _ group: String, _ subgroup: String) -> EmojiEntry? {
        guard !line.hasPrefix("#"), let semicolon = line.firstIndex(of: ";"),
            let hash = line[semicolon...].firstIndex(of: "#"),
            trimmed(line[line.index(after: semicolon)..<hash]) == "fully-qualified"
        else { return nil }
        var scalars = String.UnicodeScalarView()
        for code in line[..<semicolon].split(separator: " ") {
            guard let value = UInt32(code, radix: 16), let scalar = Unicode.Scalar(value) else { return nil }
            scalars.append(scalar)
        }
        // The comment holds the emoji itself, the version, and the name.
        let comment = line[line.index(after: hash)...].split(separator: " ", maxSplits: 2)
        guard !scalars.isEmpty, scalars.count <= 32, comment.count == 3, comment[1].hasPrefix("E") else {
            return nil
        }
        let name = trimmed(comment[2])
        guard !name.isEmpty, name.count <= 200 else { return nil }
        return EmojiEntry(text: String(scalars), name: name, group: group, subgroup: subgroup)
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}
