/// Sixteen points spread over the unit disc, so ordered that any four in a row cover it.
///
/// Sunflower arrangement: point k lies at radius √((k+½)/16) and k golden angles round.
struct ShadowPattern {
    let points: [SIMD2<Float>]

    static let shared = ShadowPattern()

    private init() {
        let order = [0, 5, 10, 15, 1, 4, 11, 14, 2, 7, 8, 13, 3, 6, 9, 12]
        points = order.map { k in
            let radius = ((Float(k) + 0.5) / 16).squareRoot()
            let angle = Float(k) * 2.399_963_2
            return SIMD2(Trigonometry.cosine(angle), Trigonometry.sine(angle)) * radius
        }
    }
}
