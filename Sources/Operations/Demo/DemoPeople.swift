/// Who buys in the demo's shop. Nobody is meant, and nobody is reached: their addresses lead nowhere (RFC 2606), and their numbers are from ranges
/// that are kept for fiction, by Ofcom (UK), NANPA (555-01xx), the Bundesnetzagentur, ARCEP (France), PTS (Sweden) and ACMA (Australia).
struct DemoPerson: Sendable {
    var name: String
    /// Before the @.
    var account: String
    /// nil: told by e-mail alone.
    var phone: String?

    var email: String { "\(account)@example.com" }

    static let all = [
        DemoPerson("Ada Lovelace", "ada", "+44 20 7946 0011"),
        DemoPerson("Amara Okafor", "amara.okafor", "+44 7700 900140"),
        DemoPerson("Anna Kowalska", "anna.kowalska", nil), DemoPerson("Aroha Ngata", "aroha", "+61 2 5550 0018"),
        DemoPerson("Ayşe Yılmaz", "ayse", "+49 30 23125 119"), DemoPerson("Björk Jónsdóttir", "bjork", nil),
        DemoPerson("Carlos Méndez", "carlos", "+1 202 555 0162"), DemoPerson("Chiara Rossi", "chiara.rossi", nil),
        DemoPerson("Diego Fernández", "diego", "+1 312 555 0133"), DemoPerson("Elif Demir", "elif", nil),
        DemoPerson("Emma Müller", "emma.mueller", "+49 30 23125 127"), DemoPerson("Fatima Zahra", "fatima", nil),
        DemoPerson("Grace Hopper", "grace", "+1 202 555 0171"),
        DemoPerson("Hiroshi Tanaka", "hiroshi", nil),
        DemoPerson("田中 さくら", "sakura", nil), DemoPerson("Ingrid Nilsen", "ingrid", "+46 8 465 004 20"),
        DemoPerson("Jean-Luc Moreau", "jeanluc", "+33 6 39 98 01 12"), DemoPerson("João Silva", "joao", nil),
        DemoPerson("Κατερίνα Παππά", "katerina", nil), DemoPerson("김민준", "minjun", "+1 213 555 0156"),
        DemoPerson("Lars Jensen", "lars", nil), DemoPerson("Leila Haddad", "leila", "+33 6 39 98 04 19"),
        DemoPerson("李娜", "lina", nil), DemoPerson("Liam O'Connor", "liam", "+44 7700 900136"),
        DemoPerson("Lucía García", "lucia", nil), DemoPerson("Mateo Rojas", "mateo", "+1 305 555 0151"),
        DemoPerson("Nguyễn Thị Hoa", "hoa", nil), DemoPerson("Noor Khan", "noor", "+44 7700 900189"),
        DemoPerson("Olena Shevchenko", "olena", "+49 30 23125 144"),
        DemoPerson("Priya Sharma", "priya", "+44 20 7946 0147"),
        DemoPerson("דוד לוי", "david.levi", nil), DemoPerson("Sofia Andersson", "sofia", "+46 8 465 004 12"),
        DemoPerson("Thandiwe Dlamini", "thandiwe", nil), DemoPerson("Tomáš Novák", "tomas", nil),
        DemoPerson("Willem de Vries", "willem", "+44 20 7946 0161"),
        DemoPerson("Zeynep Kaya", "zeynep", "+49 30 23125 103"),
    ]

    private init(_ name: String, _ account: String, _ phone: String?) {
        self.name = name
        self.account = account
        self.phone = phone
    }
}
