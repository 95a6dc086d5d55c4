import Datasets

/// What a score card marks.
public enum ScoredAttribute: String, Codable, CaseIterable, Sendable {
    /// Things stand at exactly the places where they should.
    case place
    /// A thing's shape, at its place.
    case shape
    /// A thing's colour, at its place.
    case colour
    /// A thing's size, at its place.
    case size
    /// A thing's material, at its place.
    case material
    /// Where the scene is.
    case setting
    /// When it is.
    case time
    /// Where the light comes from.
    case light
    /// Photograph, cartoon or line drawing.
    case style
    /// Low or tall shelves.
    case shelves
    /// What lights a library.
    case libraryLight = "library light"
    /// What a fire burns on.
    case fireGround = "fire ground"
    /// How big a fire is.
    case fireSize = "fire size"
    /// Where a fire burns.
    case firePlace = "fire place"
    /// Both shapes of a pair on the right sides.
    case pairShapes = "pair: shapes"
    /// Both colours of a pair on the right sides.
    case pairColours = "pair: colours"
    /// Both things of a pair with the right shape and colour on the right sides.
    case pair = "pair: both"
    /// The combination that training never showed.
    case combination
    /// Every question that the caption answers.
    case everything
}

/// One answer read off a picture, beside the right one.
struct Mark: Equatable, Sendable {
    /// The numbers of the answers; nil for marks that sum several questions up.
    let answers: (right: Int, read: Int)?
    let isRight: Bool

    /// The mark of one question.
    init(right: Int, read: Int) { (answers, isRight) = ((right, read), right == read) }
    /// The mark of several questions together.
    init(_ isRight: Bool) { (answers, self.isRight) = (nil, isRight) }

    static func == (left: Mark, right: Mark) -> Bool {
        left.isRight == right.isRight && left.answers?.right == right.answers?.right
            && left.answers?.read == right.answers?.read
    }
}

/// A reading of a picture, marked.
struct MarkedReading: Sendable {
    /// The marks of each attribute that the scene has.
    let marks: [ScoredAttribute: [Mark]]
    /// What is wrong, such as `left colour: blue instead of red`.
    let mistakes: [String]
    /// The share of the scene's questions that are answered wrongly, 0…1.
    let wrongShare: Double

    /// Marks the answers read off a picture that is to show a scene.
    init(of scene: SceneAttributes, read answers: [Int]) {
        let labels = scene.labels
        var marks: [ScoredAttribute: [Mark]] = [:]
        let perPlace: [ScoredAttribute] = [.shape, .colour, .size, .material]
        let whole: [ScoredAttribute] = [
            .setting, .time, .light, .style, .shelves, .libraryLight, .fireGround, .fireSize, .firePlace,
        ]
        let places = ScenePlace.allCases
        func first(_ place: ScenePlace) -> Int { (places.firstIndex(of: place) ?? 0) * perPlace.count }
        func isRight(_ question: Int) -> Bool {
            labels[question] == SceneLabels.notApplicable || labels[question] == answers[question]
        }
        for object in scene.objects {
            for (offset, attribute) in perPlace.enumerated() {
                let question = first(object.place) + offset
                guard labels[question] != SceneLabels.notApplicable else { continue }
                marks[attribute, default: []].append(
                    Mark(right: labels[question], read: answers[question]))
            }
        }
        for (offset, attribute) in whole.enumerated() {
            let question = places.count * perPlace.count + offset
            guard labels[question] != SceneLabels.notApplicable else { continue }
            marks[attribute] = [Mark(right: labels[question], read: answers[question])]
        }
        if !scene.objects.isEmpty {
            let nothing = SceneShape.allCases.count
            marks[.place] = [
                Mark(
                    places.allSatisfy { (labels[first($0)] == nothing) == (answers[first($0)] == nothing) })
            ]
        }
        if scene.objects.count == 2 {
            let shapes = scene.objects.allSatisfy { isRight(first($0.place)) }
            let colours = scene.objects.allSatisfy { isRight(first($0.place) + 1) }
            marks[.pairShapes] = [Mark(shapes)]
            marks[.pairColours] = [Mark(colours)]
            marks[.pair] = [Mark(shapes && colours)]
        }
        let combinations = scene.heldOutCombinations
        if !combinations.isEmpty {
            let read = SceneAttributes(answers: answers)
            marks[.combination] = [Mark(combinations.allSatisfy { $0.occurs(in: read) })]
        }
        let asked = labels.indices.filter { labels[$0] != SceneLabels.notApplicable }
        let wrong = asked.filter { !isRight($0) }
        marks[.everything] = [Mark(wrong.isEmpty)]
        self.marks = marks
        wrongShare = Double(wrong.count) / Double(max(1, asked.count))
        mistakes = wrong.map { question in
            let asked = SceneLabels.questions[question]
            let (read, right) = (asked.answers[answers[question]], asked.answers[labels[question]])
            return "\(asked.name): \(read) instead of \(right)"
        }
    }
}
