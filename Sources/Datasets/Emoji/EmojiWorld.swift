import Foundation
import Images

/// The world of emoji: the pictures of a colour font, in many sizes and places on plain and fading backgrounds.
///
/// All results depend only on the options, the index and the two source files.
public final class EmojiWorld: PictureWorld {
    /// Which pictures, and how large.
    public let options: WorldOptions
    /// Every emoji that the font draws as one picture, each picture once, in the order of the list.
    public let emoji: [EmojiEntry]

    private let font: ColourFont
    private let glyphs: [UInt32]
    /// Places in `emoji`: of those with the same base name, of each group, and of those with a held-out tone.
    private let families: [[Int]]
    private let groups: [String: [Int]]
    private let heldOutTones: [Int]
    /// The longest list of names that is read, in bytes.
    private static let longestList = 16 << 20

    /// Opens the world; the system's files serve when none are named.
    ///
    /// - Throws: `DatasetError.missingSource` or `.unusableSource`; `.badOption` when the size makes no picture.
    public init(_ options: WorldOptions = WorldOptions(), sources: EmojiSources? = nil) throws(DatasetError) {
        try options.validate()
        let files: EmojiSources
        if let sources { files = sources } else { files = try EmojiSources.system() }
        self.options = options
        do throws(ImageError) {
            font = try ColourFont(contentsOf: files.font)
        } catch {
            throw .unusableSource(path: files.font.relativePath, reason: error.summary)
        }
        var (emoji, glyphs, seen) = ([EmojiEntry](), [UInt32](), [UInt32: Int]())
        for entry in EmojiEntry.list(try Self.text(files.list)) where entry.group != "Component" {
            guard let glyph = font.glyph(for: entry.text) else { continue }
            if let place = seen[glyph] {
                // The shorter name is the better known: France, not Clipperton Island, which flies its flag.
                if entry.name.count < emoji[place].name.count { emoji[place] = entry }
            } else {
                seen[glyph] = emoji.count
                emoji.append(entry)
                glyphs.append(glyph)
            }
        }
        guard !emoji.isEmpty else {
            throw .unusableSource(
                path: files.list.relativePath,
                reason: "it names no emoji that \(files.font.relativePath) draws")
        }
        (self.emoji, self.glyphs) = (emoji, glyphs)
        var (families, order) = ([String: [Int]](), [String]())
        for (place, entry) in emoji.enumerated() {
            // Flags share the base name "flag", but each is a thing of its own.
            let key = entry.group == "Flags" || entry.base == "keycap" ? entry.name : entry.base
            if families[key] == nil { order.append(key) }
            families[key, default: []].append(place)
        }
        self.families = order.compactMap { families[$0] }
        groups = Dictionary(grouping: emoji.indices, by: { emoji[$0].group })
        heldOutTones = emoji.indices.filter { HeldOutEmoji.holdsOutTone(emoji[$0]) }
    }

    private static func text(_ url: URL) throws(DatasetError) -> String {
        func unusable(_ reason: String) -> DatasetError {
            .unusableSource(path: url.relativePath, reason: reason)
        }
        do {
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= longestList else {
                throw unusable("it has \(size) bytes, a list at most \(longestList)")
            }
            return String(decoding: try Data(contentsOf: url), as: UTF8.self)
        } catch let error as DatasetError {
            throw error
        } catch {
            throw unusable(error.localizedDescription)
        }
    }

    /// `emoji`.
    public var name: String { "emoji" }
    /// Width and height of the pictures in pixels.
    public var resolution: Int { options.resolution }
    /// Which part of the world is numbered.
    public var split: SceneSplit { options.split }
    /// `EmojiLabels.questions`.
    public var questions: [LabelQuestion] { WorldName.emoji.questions }

    /// The attributes of one index; any index will do.
    public func attributes(at index: Int) -> EmojiAttributes { draw(index).attributes }

    /// A caption of one index.
    public func caption(at index: Int, kind: SceneCaption = .varied(0)) -> String {
        EmojiWriter(attributes(at: index), kind: kind, seed: options.key(index)).sentence
    }

    /// The sentence and the labels of one index.
    public func words(at index: Int, kind: SceneCaption) -> WorldWords {
        WorldWords(caption: caption(at: index, kind: kind), labels: attributes(at: index).labels)
    }

    /// The attributes of one index.
    public func record(at index: Int) -> WorldRecord { .emoji(attributes(at: index)) }

    /// The picture of one index, and where the emoji is.
    ///
    /// - Throws: `DatasetError.unusableSource` when the font has no picture for a glyph that it names.
    public func painting(at index: Int) throws(DatasetError) -> WorldPainting {
        let (place, attributes) = draw(index)
        var random = SplitMix(options.key(index), 0x919)
        do throws(ImageError) {
            let background = try Backdrop.image(attributes, resolution, &random)
            let picture = try font.picture(of: glyphs[place])
            let (side, width) = (Float(resolution), Float(max(picture.width, picture.height)))
            let share: Float
            switch attributes.size {
            case .small: share = random.between(0.34, 0.44)
            case .medium: share = random.between(0.54, 0.64)
            case .large: share = random.between(0.80, 0.92)
            }
            // As far to the side as leaves it whole.
            let aside = smaller(0.25, 0.48 - share / 2)
            let shift = attributes.place == .left ? -aside : (attributes.place == .right ? aside : 0)
            let room = (1 - share) / 2
            let x = 0.5 + shift + random.between(-0.04, 0.04)
            let y = 0.5 + random.between(-0.5, 0.5) * room
            return CutOut(picture).set(
                into: background,
                CutOut.Placement(
                    x: x * side, y: y * side, scale: share * side / width, angle: random.between(-0.12, 0.12))
            )
        } catch {
            throw .unusableSource(path: emoji[place].name, reason: error.summary)
        }
    }

    /// Which emoji an index shows, and how.
    private func draw(_ index: Int) -> (place: Int, attributes: EmojiAttributes) {
        var random = SplitMix(options.key(index), 3)
        if split == .heldout { return heldOut(&random) }
        for _ in 0..<64 {
            var family = random.pick(families)
            // Flags are many and much alike: three of four make room for something else.
            if emoji[family[0]].group == "Flags", random.chance(0.75) { family = random.pick(families) }
            let drawn = anything(random.pick(family), &random)
            if drawn.attributes.heldOutCombinations.isEmpty { return drawn }
        }
        return (0, EmojiAttributes(emoji[0]))
    }

    private func heldOut(_ random: inout SplitMix) -> (place: Int, attributes: EmojiAttributes) {
        let combination = random.pick(HeldOutEmoji.allCases)
        if let (group, colour) = combination.pair, let places = groups[group] {
            var drawn = anything(random.pick(places), &random)
            if drawn.attributes.second != nil, random.chance(0.5) {
                drawn.attributes.second = colour
            } else {
                drawn.attributes.colour = colour
            }
            if drawn.attributes.second == drawn.attributes.colour { drawn.attributes.second = nil }
            return drawn
        }
        return anything(random.pick(heldOutTones.isEmpty ? Array(emoji.indices) : heldOutTones), &random)
    }

    private func anything(_ place: Int, _ random: inout SplitMix) -> (place: Int, attributes: EmojiAttributes)
    {
        let size = SceneSize.allCases[random.weighted([1, 2, 3])]
        let (first, second) = random.pickTwo(SceneColour.allCases)
        return (
            place,
            EmojiAttributes(
                emoji[place], size: size, place: size == .large ? .centre : random.pick(ScenePlace.allCases),
                colour: first, second: random.chance(0.4) ? second : nil)
        )
    }

    /// Plain and fading backgrounds.
    private enum Backdrop {
        static func image(
            _ attributes: EmojiAttributes, _ side: Int, _ random: inout SplitMix
        ) throws(ImageError) -> Image {
            let first = tone(attributes.colour) * random.between(0.9, 1.08)
            let last = attributes.second.map { tone($0) } ?? first * 0.94
            // Fading downward or to the right, seldom aslant.
            let direction: SIMD2<Float> = random.pick([
                SIMD2(0, 1), SIMD2(0, 1), SIMD2(1, 0), SIMD2(0.7, 0.7),
            ])
            return try Image(rgbWidth: side, height: side) { buffer in
                for y in 0..<side {
                    for x in 0..<side {
                        let (u, v) = ((Float(x) + 0.5) / Float(side), (Float(y) + 0.5) / Float(side))
                        let colour = first.mixed(last, clamp(u * direction.x + v * direction.y))
                        for channel in 0..<3 {
                            buffer[(y * side + x) * 3 + channel] = UInt8(clamp(colour[channel] + 0.5, 0, 255))
                        }
                    }
                }
            }
        }

        /// The colours behind emoji, as sRGB numbers from 0 to 255.
        private static func tone(_ colour: SceneColour) -> Vector {
            switch colour {
            case .red: return Vector(214, 62, 58)
            case .orange: return Vector(243, 146, 55)
            case .yellow: return Vector(250, 219, 92)
            case .green: return Vector(87, 168, 92)
            case .cyan: return Vector(94, 205, 210)
            case .blue: return Vector(66, 118, 214)
            case .purple: return Vector(139, 88, 186)
            case .pink: return Vector(247, 166, 196)
            case .brown: return Vector(135, 92, 62)
            case .white: return Vector(246, 246, 243)
            case .gray: return Vector(150, 154, 160)
            case .black: return Vector(36, 36, 40)
            }
        }
    }
}
