public import Foundation

/// What a tokenizer's settings say besides its vocabulary: the special tokens, and how long a text may be.
public struct CLIPTokenizerSettings: Hashable, Sendable {
    /// The token in front of every text.
    public var start = "<|startoftext|>"
    /// The token behind every text.
    public var end = "<|endoftext|>"
    /// The token of bytes that the vocabulary does not have.
    public var unknown = "<|endoftext|>"
    /// The token that fills up short texts.
    public var padding = "<|endoftext|>"
    /// Tokens that the text encoder takes: `model_max_length`.
    public var length = 77
    /// The names that are looked for in texts before anything else; a name that stands here twice counts as the last.
    ///
    /// Each has the id that the vocabulary gives it, or the next free one.
    public var tokens: [AddedToken]

    /// Settings of OpenAI's CLIP, which the first text encoder of Stable Diffusion 1 and XL has: padded with the end.
    public static let openAI = CLIPTokenizerSettings(padding: "<|endoftext|>")
    /// Settings of OpenCLIP as Stable Diffusion 2 and the second text encoder of XL have it: padded with `!`.
    public static let openCLIP = CLIPTokenizerSettings(padding: "!")

    /// The usual settings with that padding.
    public init(padding: String) {
        self.padding = padding
        tokens = [start, end].map { AddedToken($0, isSpecial: true) }
        // Written by its bare name in those settings, and so searched as it is.
        tokens.append(AddedToken(padding, isNormalized: false, isSpecial: true))
    }

    /// Reads the settings beside a vocabulary, as transformers 5 does.
    ///
    /// - Parameters:
    ///   - configuration: `tokenizer_config.json`.
    ///   - specialTokens: `special_tokens_map.json`, which counts where the configuration lists no added tokens.
    ///   - addedTokens: `added_tokens.json`, likewise.
    /// - Throws: `TokenizerError` for files that are not JSON objects, and for settings that Darkroom does not follow.
    public init(
        configuration: Data? = nil, specialTokens: Data? = nil, addedTokens: Data? = nil
    ) throws(TokenizerError) {
        try self.init(
            configuration: configuration, specialTokens: specialTokens, addedTokens: addedTokens, listed: [])
    }

    /// As above, with the added tokens that a `tokenizer.json` lists.
    init(
        configuration: Data?, specialTokens: Data?, addedTokens: Data?, listed: [(id: Int, token: AddedToken)]
    ) throws(TokenizerError) {
        var values = try Self.object(configuration, named: "tokenizer_config.json")
        var known: [(id: Int, token: AddedToken)] = []
        if let decoder = values["added_tokens_decoder"] as? [String: Any] {
            known = decoder.compactMap { id, value in
                guard let id = Int(id), let token = Self.token(value) else { return nil }
                return (id, token)
            }
        } else {
            for (key, value) in try Self.object(specialTokens, named: "special_tokens_map.json") {
                values[key] = value
            }
            let specials = Set(
                (Self.roles.compactMap { Self.token(values[$0])?.text }) + Self.extra(values).map(\.text))
            for (text, id) in try Self.object(addedTokens, named: "added_tokens.json") {
                guard let id = id as? Int else { continue }
                let isSpecial = specials.contains(text)
                known.append((id, AddedToken(text, isNormalized: !isSpecial, isSpecial: isSpecial)))
            }
            known += listed
        }
        known.sort { $0.id < $1.id }
        try self.init(values, known: known.map(\.token))
    }

    private init(_ values: [String: Any], known: [AddedToken]) throws(TokenizerError) {
        tokens = known
        let listed = Set(known.map(\.text))
        func role(_ name: String, _ standard: String) -> AddedToken {
            let token = Self.token(values[name]) ?? Self.token(standard) ?? AddedToken(standard)
            return known.last { $0.text == token.text } ?? token
        }
        let start = role("bos_token", self.start)
        let end = role("eos_token", self.end)
        let unknown = role("unk_token", self.unknown)
        let padding = role("pad_token", self.padding)
        let others = ["sep_token", "cls_token", "mask_token"].map { Self.token(values[$0]) }
        let roles = [start, end, unknown, others[0], padding, others[1], others[2]].compactMap { $0 }
        let named = Set(roles.map(\.text))
        for place in tokens.indices where named.contains(tokens[place].text) {
            tokens[place].isSpecial = true
        }
        var given: [AddedToken] = known
        for token in roles + Self.extra(values) where !listed.contains(token.text) && !given.contains(token) {
            given.append(token)
            var special = token
            special.isSpecial = true
            tokens.append(special)
        }
        (self.start, self.end, self.unknown) = (start.text, end.text, unknown.text)
        self.padding = padding.text
        if let limit = values["model_max_length"] as? Double, (3...1_000_000).contains(limit) {
            length = Int(limit)
        }
        for name in ["padding_side", "truncation_side"] {
            if let side = values[name] as? String, side != "right" {
                throw .unsupportedSetting(name, found: side, supported: "\"right\" only")
            }
        }
    }

    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    private static func extra(_ values: [String: Any]) -> [AddedToken] {
        let lists = ["extra_special_tokens", "additional_special_tokens"].compactMap {
            values[$0] as? [Any]
        }
        return (lists.first { !$0.isEmpty } ?? []).compactMap(Self.token)
    }

    /// A token by its name, or by an object that says more about it.
    private static func token(_ value: Any?) -> AddedToken? {
        if let text = value as? String {
            return text.isEmpty ? nil : AddedToken(text, isNormalized: false, isSpecial: true)
        }
        guard let value = value as? [String: Any], let text = value["content"] as? String, !text.isEmpty
        else {
            return nil
        }
        let isSpecial = value["special"] as? Bool ?? false
        return AddedToken(
            text, isNormalized: value["normalized"] as? Bool ?? !isSpecial,
            isWholeWord: value["single_word"] as? Bool ?? false, isSpecial: isSpecial)
    }

    private static func object(_ data: Data?, named file: String) throws(TokenizerError) -> [String: Any] {
        guard let data else { return [:] }
        guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
            throw .malformed(file: file, offset: 0, expected: "a JSON object")
        }
        return object
    }
}
