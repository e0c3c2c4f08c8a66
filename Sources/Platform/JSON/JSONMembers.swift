/// Which members the objects of a document may have: what the declaration of a body says of it.
package indirect enum JSONMembers: Sendable, Equatable {
    /// Whatever there is, as in what is no object.
    case any
    /// These, and no others.
    case named([Member])
    /// Names are free, and each value is this.
    case each(JSONMembers)
    /// Those of an array's elements.
    case elements(JSONMembers)

    /// A member that is known.
    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONMembers

        package init(_ name: String, _ value: JSONMembers) {
            self.name = name
            self.value = value
        }
    }

    /// Of what may be any of several: the members of all, where all are objects that name theirs.
    package static func ofAny(_ alternatives: [JSONMembers]) -> JSONMembers {
        var members: [Member] = []
        for alternative in alternatives {
            guard case .named(let own) = alternative else {
                return alternatives.allSatisfy { $0 == alternative } ? alternative : .any
            }
            for member in own {
                if let index = members.firstIndex(where: { $0.name == member.name }) {
                    members[index].value = ofAny([members[index].value, member.value])
                } else {
                    members.append(member)
                }
            }
        }
        return alternatives.isEmpty ? .any : .named(members)
    }

    /// What is known at the end of a path from here.
    func at(_ path: ArraySlice<JSONReader.PathPart>) -> JSONMembers {
        var here = self
        for part in path {
            switch (here, part) {
            case (.named(let members), .member(let key)):
                let name = key.string
                here = members.first { $0.name == name }?.value ?? .any
            case (.each(let value), .member): here = value
            case (.elements(let value), .element): here = value
            default: return .any
            }
        }
        return here
    }
}
