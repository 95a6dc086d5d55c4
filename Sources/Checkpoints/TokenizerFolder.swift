import Foundation

/// A tokenizer as a folder of a model: `vocab.json` and `merges.txt`, or a `tokenizer.json` that holds both.
struct TokenizerFolder {
    /// Where it stands, such as `tokenizer_2`.
    let url: URL

    private func data(_ name: String) throws -> Data? {
        let file = url.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else { return nil }
        return try JSONFile.data(file)
    }

    /// The pieces with their ids as JSON, and the merges, one a line; nil when the folder holds neither form.
    func files() throws -> (vocabulary: Data, merges: Data)? {
        if let vocabulary = try data("vocab.json"), let merges = try data("merges.txt") {
            return (vocabulary, merges)
        }
        let file = url.appending(path: "tokenizer.json")
        guard let whole = try data("tokenizer.json") else { return nil }
        guard let model = try JSONFile.object(whole, named: file)["model"] as? [String: Any],
            let vocabulary = model["vocab"] as? [String: Int], let merges = model["merges"] as? [Any]
        else {
            throw CheckpointError.badJSON(
                file, expected: "a `model` with `vocab` and `merges`", found: "another form")
        }
        let lines = try merges.map { merge in
            if let line = merge as? String { return line }
            guard let pair = merge as? [String], pair.count == 2 else {
                throw CheckpointError.badJSON(file, expected: "merges of two pieces", found: "\(merge)")
            }
            return pair.joined(separator: " ")
        }
        return (
            try JSONFile.text(vocabulary),
            Data((["#version: 0.2"] + lines).joined(separator: "\n").utf8)
        )
    }

    /// The token that fills a prompt up; nil when the folder does not say.
    func paddingToken() throws -> String? {
        for name in ["tokenizer_config.json", "special_tokens_map.json"] {
            guard let data = try data(name) else { continue }
            switch try JSONFile.object(data, named: url.appending(path: name))["pad_token"] {
            case let token as String: return token
            case let token as [String: Any]: if let text = token["content"] as? String { return text }
            default: break
            }
        }
        return nil
    }
}
