/// Which scenes a world draws and how; every field has a default, and unknown names are refused when decoding.
public struct SceneOptions: Codable, Hashable, Sendable {
    /// The seed of the whole world.
    public var seed: UInt64 = 1
    /// Width and height of the pictures in pixels, 1...4096.
    public var resolution: Int = 64
    /// Samples along each side of a pixel, 1...8: 2 means four rays a pixel.
    public var supersampling: Int = 2
    /// The weight of photographs among the styles.
    public var photoWeight: Double = 0.8
    /// The weight of cartoons among the styles.
    public var cartoonWeight: Double = 0.12
    /// The weight of line drawings among the styles.
    public var lineDrawingWeight: Double = 0.08
    /// The share of pictures with two things among those of the six plain settings, 0...1.
    public var twoObjectShare: Double = 0.35
    /// The share of libraries among all pictures, 0...1.
    public var libraryShare: Double = 0.08
    /// The share of bonfires among all pictures, 0...1; with the libraries at most 1.
    public var bonfireShare: Double = 0.08

    /// The weight of small things among those that stand alone.
    public var smallWeight: Double = 1
    /// The weight of medium things among those that stand alone.
    public var mediumWeight: Double = 1
    /// The weight of large things among those that stand alone.
    public var largeWeight: Double = 2

    /// The default world.
    public init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case seed, resolution, supersampling, photoWeight, cartoonWeight, lineDrawingWeight
        case twoObjectShare, libraryShare, bonfireShare, smallWeight, mediumWeight, largeWeight
    }

    private struct AnyName: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads options: absent ones keep their defaults, unknown and impossible ones are errors.
    ///
    /// - Throws: `DatasetError.unknownOption` or `.badOption`, or the decoder's own error for a wrong type.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue).sorted()
        let known = CodingKeys.allCases.map(\.rawValue)
        if let name = names.first(where: { !known.contains($0) }) {
            throw DatasetError.unknownOption(name: name, known: known)
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
        resolution = try values.decodeIfPresent(Int.self, forKey: .resolution) ?? resolution
        supersampling = try values.decodeIfPresent(Int.self, forKey: .supersampling) ?? supersampling
        photoWeight = try values.decodeIfPresent(Double.self, forKey: .photoWeight) ?? photoWeight
        cartoonWeight = try values.decodeIfPresent(Double.self, forKey: .cartoonWeight) ?? cartoonWeight
        lineDrawingWeight =
            try values.decodeIfPresent(Double.self, forKey: .lineDrawingWeight) ?? lineDrawingWeight
        twoObjectShare = try values.decodeIfPresent(Double.self, forKey: .twoObjectShare) ?? twoObjectShare
        libraryShare = try values.decodeIfPresent(Double.self, forKey: .libraryShare) ?? libraryShare
        bonfireShare = try values.decodeIfPresent(Double.self, forKey: .bonfireShare) ?? bonfireShare
        smallWeight = try values.decodeIfPresent(Double.self, forKey: .smallWeight) ?? smallWeight
        mediumWeight = try values.decodeIfPresent(Double.self, forKey: .mediumWeight) ?? mediumWeight
        largeWeight = try values.decodeIfPresent(Double.self, forKey: .largeWeight) ?? largeWeight
        try validate()
    }

    /// Checks every number.
    ///
    /// - Throws: `DatasetError.badOption` naming the first one that makes no picture.
    public func validate() throws(DatasetError) {
        func check(_ passed: Bool, _ name: String, _ expected: String, _ found: String) throws(DatasetError) {
            if !passed { throw .badOption(name: name, expected: expected, found: found) }
        }
        try check((1...4096).contains(resolution), "resolution", "in 1...4096", "\(resolution)")
        try check((1...8).contains(supersampling), "supersampling", "in 1...8", "\(supersampling)")
        let weights = [
            ("photoWeight", photoWeight), ("cartoonWeight", cartoonWeight),
            ("lineDrawingWeight", lineDrawingWeight), ("smallWeight", smallWeight),
            ("mediumWeight", mediumWeight), ("largeWeight", largeWeight),
        ]
        for (name, weight) in weights {
            try check(weight.isFinite && weight >= 0, name, "a finite number from 0 up", "\(weight)")
        }
        let sizes = smallWeight + mediumWeight + largeWeight
        try check(
            sizes > 0 && sizes.isFinite, "largeWeight", "positive where the other sizes weigh nothing",
            "\(largeWeight)")
        let total = photoWeight + cartoonWeight + lineDrawingWeight
        try check(
            total > 0 && total.isFinite, "photoWeight", "positive where the other styles weigh nothing",
            "\(photoWeight)")
        for (name, share) in [
            ("twoObjectShare", twoObjectShare), ("libraryShare", libraryShare),
            ("bonfireShare", bonfireShare),
        ] {
            try check((0...1).contains(share), name, "in 0...1", "\(share)")
        }
        let special = libraryShare + bonfireShare
        try check(
            special <= 1 + 1e-9, "bonfireShare", "at most 1 together with libraryShare", "\(special) together"
        )
    }
}
