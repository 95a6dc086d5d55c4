import Foundation
import Images
import Testing

@testable import Datasets

@Suite struct ShardTests {
    private struct Listed: Decodable {
        let name: String
        let offset, size: Int
        let isFile: Bool
    }

    /// Every member lies where Python's tarfile says.
    @Test(arguments: ["ustar.tar", "gnu.tar", "pax.tar"])
    func membersAreFoundAsTheReferenceFindsThem(name: String) throws {
        let url = try Pictures.fixture(name)
        let listings = try JSONDecoder().decode(
            [String: [Listed]].self, from: Data(contentsOf: Pictures.fixture("shards.json")))
        let expected = try #require(listings[name])
        var walker = try TarWalker(OpenFile(url.path), title: name)
        var found: [TarWalker.Member] = []
        while let member = try walker.next() { found.append(member) }
        #expect(found.count == expected.count)
        for (member, listed) in zip(found, expected) {
            // The reference leaves out the slash after a folder's name.
            let name = member.name.hasSuffix("/") ? String(member.name.dropLast()) : member.name
            #expect(name == listed.name && member.isFile == listed.isFile)
            #expect(member.size == listed.size && member.offset == listed.offset, "\(listed.name)")
        }
    }

    @Test(arguments: ["ustar.tar", "gnu.tar", "pax.tar"])
    func neighboursOfOneNameAreOneExample(name: String) throws {
        let set = try ShardSet([Pictures.fixture(name)])
        var captions = ["a red square", "a blue square", "a square — ünïcode", "far away", "with text", nil]
        if name == "ustar.tar" { captions.remove(at: 3) }
        #expect(try (0..<set.count).map { try set.caption(at: $0) } == captions)
        let reds = try (0..<set.count).map { try Image(decoding: set.bytes(at: $0))[0, 0, 0] }
        #expect(reds == (name == "ustar.tar" ? [0, 40, 80, 160, 200] : [0, 40, 80, 120, 160, 200]))
        #expect(set.name(at: 0) == "\(name): 000000.png" && set.ending(at: 0) == "png")
        #expect(set.findings.ignored.count == 3 && set.findings.captionless.count == 1)
    }

    @Test func severalFilesAreOneSet() throws {
        let scratch = try ScratchFolder()
        for (number, count) in [3, 0, 5].enumerated() {
            let members = try (0..<count).map { index in
                ("\(index).png", try Pictures.marked(red: UInt8(10 * number + index)).pngData())
            }
            try scratch.write("s-\(number).tar", Pictures.tar(members))
        }
        try scratch.write("notes.txt", "x")
        let set = try ShardSet([scratch.url])
        #expect(set.count == 8)
        let reds = try (0..<8).map { try Image(decoding: set.bytes(at: $0))[8, 8, 0] }
        #expect(reds == [0, 1, 2, 20, 21, 22, 23, 24])
        let turned = try ShardSet(["s-2.tar", "s-0.tar"].map { scratch.url.appending(path: $0) })
        #expect(try Image(decoding: turned.bytes(at: 0))[8, 8, 0] == 20)
        #expect(turned.fingerprint != set.fingerprint)
    }

    @Test func tablesAreKeptAndCheckedByLengthAndTime() throws {
        let (scratch, cache) = (try ScratchFolder(), try ScratchFolder())
        let png = try Pictures.marked().pngData()
        let file = try scratch.write("a.tar", Pictures.tar([("0.png", png), ("0.txt", Data("x".utf8))]))
        let first = try ShardSet([file], cache: cache.url)
        let kept = try FileManager.default.contentsOfDirectory(atPath: cache.url.path)
        #expect(kept.count == 1)
        let table = cache.url.appending(path: try #require(kept.first))
        // The kept table is what is used: one with other words in it shows.
        let stored = Array(try Data(contentsOf: table))
        #expect(stored == (try ShardTable(OpenFile(file.path), title: "a")).bytes)
        #expect(try ShardSet([file], cache: cache.url).fingerprint == first.fingerprint)
        // Any changed byte makes it no table.
        let open = try OpenFile(file.path)
        #expect(ShardTable(stored, for: open) != nil)
        for place in stored.indices {
            var changed = stored
            changed[place] ^= 0x10
            #expect(ShardTable(changed, for: open) == nil, "byte \(place)")
        }
        for count in 0..<stored.count { #expect(ShardTable(Array(stored.prefix(count)), for: open) == nil) }
        // Another file of that name is read anew.
        try scratch.write("a.tar", Pictures.tar([("0.png", png), ("1.png", png)]))
        #expect(try ShardSet([file], cache: cache.url).count == 2)
    }

    @Test func whatIsNoWholeTarIsAnError() throws {
        let scratch = try ScratchFolder()
        let png = try Pictures.marked().pngData()
        let whole = Pictures.tar([("0.png", png), ("0.txt", Data("words".utf8)), ("1.png", png)])
        func failure(_ bytes: Data) throws -> PictureDataError {
            let file = try scratch.write("x.tar", bytes)
            return try Pictures.failure { _ = try ShardSet([file]) }
        }
        for end in stride(from: 0, to: whole.count - 1024, by: 100) {
            #expect(try failure(whole.prefix(end)) == .truncatedTar(path: "x.tar", offset: end), "\(end)")
        }
        var changed = whole
        changed[3] ^= 1
        #expect(
            try failure(changed)
                == .damagedTar(path: "x.tar", offset: 0, reason: "the checksum of a header does not fit"))
        guard case .compressedTar(_, "gzip") = try failure(Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0])) else {
            Issue.record("gzip was not named")
            return
        }
        guard case .noPictures = try failure(Pictures.tar([("a.txt", Data("x".utf8))])) else {
            Issue.record("a tar file without pictures was taken")
            return
        }
        guard case .damagedTar = try failure(Data(repeating: 0x41, count: 4096)) else {
            Issue.record("letters were taken for a tar file")
            return
        }
    }

    /// Whatever is changed: an error, or offsets that lie in the file.
    @Test(arguments: ["ustar.tar", "gnu.tar", "pax.tar"])
    func damagedFilesNeverCrash(name: String) throws {
        let scratch = try ScratchFolder()
        let bytes = try Data(contentsOf: Pictures.fixture(name))
        var random = SplitMix(11, UInt64(name.utf8.reduce(0) { $0 * 31 + Int($1) }))
        var refused = 0
        for _ in 0..<400 {
            var changed = bytes
            for _ in 0..<1 + random.below(4) {
                let place = random.below(changed.count)
                switch random.below(3) {
                case 0:
                    changed[place] = UInt8(random.below(256))
                    repairChecksum(&changed, of: place / 512 * 512)
                case 1: changed = changed.prefix(max(1, place))
                default:
                    // A digit of some header's size, with the checksum made to fit.
                    let header = place / 512 * 512
                    guard header + 512 <= changed.count else { continue }
                    changed[header + 124 + random.below(12)] = [0x30, 0x37, 0x80, 0xFF][random.below(4)]
                    repairChecksum(&changed, of: header)
                }
            }
            let file = try scratch.write("x.tar", changed)
            do {
                let set = try ShardSet([file])
                for index in 0..<set.count {
                    #expect(try !set.bytes(at: index).isEmpty)
                    _ = try? set.caption(at: index)
                    _ = set.name(at: index)
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 50)
    }

    private func repairChecksum(_ bytes: inout Data, of header: Int) {
        guard header + 512 <= bytes.count else { return }
        let sum = (header..<header + 512).reduce(0) {
            $0 + ((148..<156).contains($1 - header) ? 0x20 : Int(bytes[$1]))
        }
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
        bytes.replaceSubrange(header + 148..<header + 156, with: field.utf8)
    }
}
