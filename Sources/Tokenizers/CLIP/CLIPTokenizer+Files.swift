public import Foundation

extension CLIPTokenizer {
    /// Reads the folder `tokenizer` or `tokenizer_2` of a model.
    ///
    /// The vocabulary is that of `tokenizer.json` where there is one (transformers 5 writes no other), else of
    /// `vocab.json` and `merges.txt`; the settings are those of `tokenizer_config.json`, `special_tokens_map.json` and
    /// `added_tokens.json`, each of which may be missing.
    /// - Throws: `TokenizerError` where the vocabulary is missing, and for files that are damaged, do not belong
    ///   together or ask for what Darkroom does not do.
    public init(folder: URL) throws(TokenizerError) {
        func read(_ name: String) throws(TokenizerError) -> Data? {
            let file = folder.appending(path: name, directoryHint: .notDirectory)
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            let bytes = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
            if let bytes, bytes > Self.largestFile {
                throw .malformed(file: name, offset: Self.largestFile, expected: "the end of the file")
            }
            guard let data = try? Data(contentsOf: file) else { throw .unreadable(file) }
            return data
        }
        let configuration = try read("tokenizer_config.json")
        let specialTokens = try read("special_tokens_map.json")
        let addedTokens = try read("added_tokens.json")
        if let whole = try read("tokenizer.json") {
            try self.init(
                tokenizer: whole, configuration: configuration, specialTokens: specialTokens,
                addedTokens: addedTokens)
        } else if let vocabulary = try read("vocab.json"), let merges = try read("merges.txt") {
            try self.init(
                vocabulary: vocabulary, merges: merges,
                settings: CLIPTokenizerSettings(
                    configuration: configuration, specialTokens: specialTokens, addedTokens: addedTokens))
        } else {
            throw .noTokenizer(folder)
        }
    }

    /// Reads a `tokenizer.json`: its vocabulary, its merges and its added tokens.
    ///
    /// - Parameters:
    ///   - tokenizer: the file.
    ///   - configuration: the `tokenizer_config.json` beside it.
    ///   - specialTokens: the `special_tokens_map.json` beside it.
    ///   - addedTokens: the `added_tokens.json` beside it.
    /// - Throws: `TokenizerError`.
    public init(
        tokenizer: Data, configuration: Data? = nil, specialTokens: Data? = nil, addedTokens: Data? = nil
    ) throws(TokenizerError) {
        var cursor = JSONCursor(tokenizer, named: "tokenizer.json")
        var pieces: [(name: String, id: Int32)] = []
        var rules: [BytePairVocabulary.Rule] = []
        var listed: [(id: Int, token: AddedToken)] = []
        try cursor.members { (cursor: inout JSONCursor, key: String) throws(TokenizerError) in
            switch key {
            case "added_tokens":
                try cursor.elements { (cursor: inout JSONCursor) throws(TokenizerError) in
                    if let token = try Self.listedToken(&cursor) { listed.append(token) }
                }
            case "model":
                try cursor.members { (cursor: inout JSONCursor, key: String) throws(TokenizerError) in
                    switch key {
                    case "type":
                        let type = try cursor.string()
                        guard type == "BPE" else {
                            throw .unsupportedSetting(
                                "model.type", found: "\"\(type)\"", supported: "\"BPE\" only")
                        }
                    case "vocab": pieces = try BytePairVocabulary.pieces(&cursor)
                    case "merges":
                        try cursor.elements { (cursor: inout JSONCursor) throws(TokenizerError) in
                            guard let rule = try Self.rule(&cursor) else {
                                throw .malformedRule(line: rules.count + 1)
                            }
                            rules.append(rule)
                        }
                    default: try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        try cursor.end()
        let settings = try CLIPTokenizerSettings(
            configuration: configuration, specialTokens: specialTokens, addedTokens: addedTokens,
            listed: listed)
        try self.init(
            BytePairVocabulary(pieces: pieces, rules: rules, unknown: settings.unknown), settings)
    }

    private static var largestFile: Int { 64 << 20 }

    private static func listedToken(
        _ cursor: inout JSONCursor
    ) throws(TokenizerError) -> (id: Int, token: AddedToken)? {
        var id: Int?
        var token = AddedToken("")
        try cursor.members { (cursor: inout JSONCursor, key: String) throws(TokenizerError) in
            switch key {
            case "id": id = Int(try cursor.integer())
            case "content": token.text = try cursor.string()
            case "single_word": token.isWholeWord = try cursor.boolean()
            case "normalized": token.isNormalized = try cursor.boolean()
            case "special": token.isSpecial = try cursor.boolean()
            default: try cursor.skip()
            }
        }
        return id.flatMap { token.text.isEmpty ? nil : ($0, token) }
    }

    /// A rule as one text with a space, or as a list of two texts.
    private static func rule(
        _ cursor: inout JSONCursor
    ) throws(TokenizerError) -> BytePairVocabulary.Rule? {
        guard cursor.begins(with: "[") else {
            return BytePairVocabulary.rule(Array(try cursor.string().unicodeScalars)[...])
        }
        var parts: [ArraySlice<Unicode.Scalar>] = []
        try cursor.elements { (cursor: inout JSONCursor) throws(TokenizerError) in
            parts.append(Array(try cursor.string().unicodeScalars)[...])
        }
        return parts.count == 2 ? BytePairVocabulary.Rule(left: parts[0], right: parts[1]) : nil
    }
}
