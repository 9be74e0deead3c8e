// Writes java_regex_cases.txt from what Java itself answers: java generate_java_cases.java [rows] [seed] > java_regex_cases.txt
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;

public class generate_java_cases {
    static final int FLAGS = Pattern.DOTALL | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
    static Random random;

    /// Patterns that people write, and corners of the syntax; each is tried with every text of its line.
    static final String[][] CHOSEN = {
        {"/a/\\D+", "/a/123", "/a/abc", "/A/x"},
        {"[A-Z]+", "abc", "ABC", "a1", "\u017f", "\u212a"},
        {"[a-z]+", "ABC", "\u017f", "\u212a", "\u0130", "\u0131"},
        {"\\p{Lower}+", "ABC", "abc", "\u00c9"}, {"\\p{Upper}+", "abc"}, {"(?-i)\\p{Lower}", "A", "a"},
        {"(?-i)abc", "ABC", "abc"}, {"(?-i)a(?i)b", "aB", "AB"}, {"(?-i:a)b", "aB", "Ab"},
        {"\\Qa.b\\E", "a.b", "A.B", "axb"}, {"a\\Q*\\E+", "a**", "a"}, {"\\Qa", "a"}, {"\\0\\Q1\\E", "1"}, {"\\01\\Q1\\E", "\u00011"},
        {"/users/{id}", "/users/5"}, {"*/foo", "x/foo"}, {"[[]x", "[x"}, {"[[]]x", "[x"}, {"[]a]", "]", "a"}, {"[^]a]", "b", "]"},
        {"a.b", "a\nb", "a\rb", "a\u2028b"}, {"(?-s)a.b", "a\nb", "a\rb", "a\u0085b", "a\u2028b", "axb"},
        {"(?d-s)a.b", "a\nb", "a\rb"}, {"a$", "a", "a\n", "a\r\n"}, {"a$\\n", "a\n"}, {"a$\\r\\n", "a\r\n"}, {"a\\r$\\n", "a\r\n"},
        {"(?d)a$\\r", "a\r"}, {"(?m)a$\\nb", "a\nb"}, {"(?m)a$\\r\\nb", "a\r\nb"}, {"(?m)a\\r$\\nb", "a\r\nb"},
        {"(?m)a\\n^b", "a\nb"}, {"(?m)a\\n^", "a\n"}, {"(?m)^", ""}, {"(?m)\\r^\\n", "\r\n"}, {"(?dm)a\\r^b", "a\rb"},
        {"a\\Z\\n", "a\n"}, {"a\\z\\n", "a\n"}, {"\\Ga", "a"}, {"^*a", "a"}, {"(?=a)*a", "a"}, {"a{2}{3}", "aa", "aaaaaa"}, {"{3}", "", "a"},
        {"\u00df.", "\u1e9ex"}, {"\u00dfx.", "\u1e9exy"}, {"[\u00df]", "\u1e9e"}, {"\u00df+", "\u1e9e"}, {"\u03a3.", "\u03c2x", "\u03c3x"},
        {"i.", "\u0130x", "\u0131x", "Ix"}, {"I.", "\u0131x"}, {"\u0130.", "ix"}, {"s.", "\u017fx"}, {"k.", "\u212ax"}, {"[^k]", "\u212a"},
        {"\u00e5.", "\u212bx"}, {"[\u00e5]", "\u212b"}, {"\u00b5.", "\u03bcx", "\u039cx"}, {"\u00ff.", "\u0178x"}, {"(?-u)\u00e9.", "\u00c9x"},
        {"\u01c4.", "\u01c5x", "\u01c6x"}, {"\ud801\udc00.", "\ud801\udc28x"}, {"[\ud801\udc00-\ud801\udc27]", "\ud801\udc28"},
        {"\\w", "\u00e9", "_"}, {"(?U)\\w", "\u00e9"}, {"(?U)\\d", "\u0663"}, {"\\d", "\u0663"}, {"(?U)\\s", "\u2003"}, {"\\s", "\u000b", "\u00a0"},
        {"\\h", "\u00a0", "\u180e", "\n"}, {"\\H", "a"}, {"\\v", "\u2029", "\n", " "}, {"\\V", "a"}, {"[\\v-a]", "\u000b"}, {"[a-\\v]", "b"},
        {"\\R", "\r\n", "\n", "\u2028"}, {"\\R\\n", "\r\n"}, {"\\R{2}", "\r\n"}, {"\\X", "e\u0301", "\r\n", "ab"}, {"\\X+", "e\u0301a"},
        {"\\X.", "\ud83d\ude00\ud83d\ude00", "\ud83d\ude00\u200d\ud83d\ude00"}, {"\\n*(?<n>\\d)?+\\n", "\n"}, {"(?=[k*\\P{Lu}]{0})", ""},
        {"([ab]{1,2}){2,3}+", "aba", "ab"},
        {"[a-z&&[^b]]", "a", "b", "B"}, {"[a-z&&[def]]", "d", "a"}, {"[a-z&&def]", "d"}, {"[a-f&&c-z&&d]", "d", "c"}, {"[a-z&&]", "a"}, {"[&&a]", "a"},
        {"[&&]", "a"}, {"[a&&&&b]", "a"}, {"[a&b]", "&"}, {"[^a-c&&b-d]", "d", "b", "x"}, {"[^[a]b]", "c", "a"}, {"[a[^b]]", "b", "c"},
        {"[\\p{L}&&[^\\p{Lu}]]", "a", "1", "\u0661"}, {"(?-i)[\\p{L}&&[^\\p{Lu}]]", "a", "A"}, {"[^\\p{L}]", "1", "a"}, {"[^\\p{L}\\d]", "1", "-"},
        {"[a-\\d]", "a"}, {"[a-]", "-"}, {"[-a]", "-"}, {"[a-[b]]", "-", "b"}, {"[z-a]", "z"}, {"[\\Q^]\\E]", "^", "]"}, {"[^^]", "^"}, {"[a^]", "^"},
        {"\\x41", "a"}, {"\\x{1F600}", "\ud83d\ude00"}, {"\\u0041", "a"}, {"\\uD83D\\uDE00", "\ud83d\ude00"}, {"\\0101", "a"}, {"\\08", "a"}, {"\\0", "a"},
        {"\\0777", "?7"}, {"\\cA", "\u0001"}, {"\\c", "c"}, {"\\ca", "!"}, {"\\e\\a\\t", "\u001b\u0007\t"}, {"\\x4", "x"}, {"\\x{110000}", "x"}, {"\\u004", "x"},
        {"\\p{IsGreek}", "\u03b1", "a"}, {"\\p{InGreek}", "\u0370"}, {"\\p{InGreek and Coptic}", "\u0370"}, {"\\p{block=Cyrillic}", "\u0430"},
        {"\\p{script=Cyrl}", "\u0430"}, {"\\p{IsAlphabetic}", "\u00e9"}, {"\\p{IsWhite_Space}", "\u2003"}, {"\\pL", "a"}, {"\\p{L", "a"}, {"\\p{}", "a"},
        {"\\p{Foo}", "a"}, {"\\p{gc=Lu}", "a"}, {"\\p{IsPunct}", "!"}, {"\\p{Punct}", "$"}, {"(?U)\\p{Punct}", "$", "!"}, {"\\P{L}", "a", "1"},
        {"\\p{javaLowerCase}", "A"}, {"\\p{javaMirrored}", "("}, {"\\p{ASCII}", "\u00e9"}, {"\\p{all}", "\u00e9"}, {"\\p{L1}", "\u00e9", "\u0100"},
        {"(a)\\1", "aA"}, {"(?-i)(a)\\1", "aA"}, {"(?<n>a)\\k<n>", "aa"}, {"\\k<n>(?<n>a)", "aa"}, {"\\1(a)", "aa"}, {"(a)\\11", "aa1"}, {"\\2(a)", "a"},
        {"(?<1a>x)", "x"}, {"(?<a>x)(?<a>y)", "xy"}, {"(?P<n>a)", "a"}, {"(?'n'a)", "a"}, {"(?#c)a", "a"}, {"(?|a)", "a"}, {"(?i", "a"}, {"(?q)a", "a"},
        {"(?<=a)b", "b"}, {"a(?<=a)b", "ab"}, {"ab(?<=a|ab)c", "abc"}, {".{2}(?<=a{1,2})c", "aac", "bac", "abc"}, {".*(?<=a+)c", "bac", "bc"},
        {".*(?<=(a|bb){1,2})c", "ac"}, {".*(?<!x?y)c", "xyc", "zc"}, {"a(?!b)c", "ac"}, {"a(?=c)c", "ac"}, {"(?>a*)a", "aa"}, {"(?>a|ab)c", "abc"},
        {"a*+a", "aa"}, {"a++b", "aab"}, {"a?+a", "a"}, {"a{1,2}+a", "aa", "aaa"}, {"a??b", "ab"}, {"a+?b", "aab"}, {"a{2,}", "a", "aaa"}, {"a{,3}", "aa"},
        {"a{2", "aa"}, {"a{2,1}", "aa"}, {"a**", "a"}, {"a{99999999999}", "a"}, {"|", ""}, {"a||b", "", "b"}, {"()", ""}, {"(|a)+", "aa"}, {"(a|b)*?c", "abc"},
        {"(", "("}, {")", ")"}, {"a)", "a"}, {"(a", "a"}, {"]", "]"}, {"}", "}"}, {"a]", "a]"}, {"[", "["}, {"[a", "a"}, {"\\", "\\"}, {"a\\", "a"}, {"\\i", "i"},
        {"\\_", "_"}, {"\\/", "/"}, {"\\-", "-"}, {"\\\u00e9", "\u00e9"}, {"\\E", "e"}, {"(?x) a b # c", "ab"}, {"(?x)a\\ b", "a b"}, {"(?x)[a b]", " ", "b"},
        {"(?x)a # c\n b", "ab"}, {"\\bab\\b", "ab"}, {"a\\bb", "ab"}, {"a\\b.b", "a b", "a\u00e9b"}, {"a\\B.", "ab", "a "}, {".\\b.", "\u00e9 ", "e\u0301"},
        {"/api/v1\\.0/users/[0-9]+", "/api/v1.0/users/12", "/api/v1a0/users/12", "/api/v1.0/users/"}, {"/o/[^/]+/items", "/o/1/items", "/o/1/2/items"},
        {"/a/.*/b/.*", "/a/b/b/", "/a/b", "/A/x/B/y"}, {"^/a$", "/a"}, {"/(foo|bar)/[0-9a-f]{8}", "/bar/0123abcd", "/bar/0123"}, {".*\\.(png|jpg)", "a.PNG", "a.gif"},
        {"application/json.*", "application/json; charset=utf-8"}, {"Bearer [A-Za-z0-9\\-._~+/]+=*", "bearer abc.def=="}, {"\\d{3}-\\d{4}", "555-1234"},
        {"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}", "0123abcd-ABCD"}, {"(?:/v\\d+)?/users", "/v2/users", "/users"}, {".+@.+\\..+", "a@b.c", "a@b"}, {"\\S+", "ab", "a b"},
    };

    static final String[] ATOMS = {
        "a", "b", "A", "B", "1", "ab", "k", "s", "i", "x", "\u00e9", "\u00c9", "\u00df", "\u212a", "\u0131", "/", "-", ".", ".", "\\.", "\\d", "\\D",
        "\\w", "\\W", "\\s", "\\S", "\\h", "\\v", "\\R", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z", "\\n", "\n", "\\x61", "\\u0062", "\\0141", "\\Qa.\\E",
        "\\p{L}", "\\p{Lu}", "\\p{Lower}", "\\P{Alpha}", "\\p{IsLatin}", "\\p{InGreek}", "\\1", "\\2", "\\X", "\\t", "\\/", "]", "}", "{", "\\k<n>", "#", " ", "&", "\\G",
        "\\H", "\\V", "\\p{IsAlphabetic}", "\\p{Nd}", "\u03c3", "\ud83d\ude00", "\\e", "\\cA", "\\-", "(?i)", "(?-i)", "(?s)", "(?-s)", "(?m)", "(?d)", "(?u)", "(?-u)", "(?x)", "(?U)",
    };
    static final String[] ITEMS = {
        "a", "b", "c", "A", "a-c", "B-D", "0-9", "\\d", "\\w", "\\s", "\\S", "^", "-", "&", "&&", "&&", "[", "]", "[^", "\\]", "\\p{L}", "\\P{Lu}", "\u00e9", "\u00df", "k", "s", "i",
        "\\n", ".", "/", "*", "\\x61-\\x63", "\u03b1-\u03c9", "\u00e0-\u00ff", "[a-c]", "[^b]", "\\v", "\\h", "\\D", " ", "#",
    };
    static final String[] QUANTIFIERS = {"*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{0,1}?", "{1,}", "{2,3}+", "{,2}", "{2", "{0}"};
    static final String[] TEXT = {
        "a", "b", "c", "A", "B", "1", "2", "k", "s", "i", "x", "\u00e9", "\u00c9", "\u00df", "\u212a", "\u0131", "\u017f", "/", "-", ".", "\n", "\r", "\r\n", " ", "\t", "_", "\u03c3", "\u03c2",
        "\ud83d\ude00", "\u0301", "]", "}", "{", "&", "#", "ab", "aa", "\u0085", "\u2028", "\u00a0", "\u1e9e",
    };

    static String pick(String[] from) { return from[random.nextInt(from.length)]; }

    static String bracket() {
        var out = new StringBuilder(random.nextInt(4) == 0 ? "[^" : "[");
        for (int n = 1 + random.nextInt(4); n > 0; n--) out.append(pick(ITEMS));
        return out.append(random.nextInt(30) == 0 ? "" : "]").toString();
    }

    static String expression(int depth) {
        var out = new StringBuilder();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int kind = random.nextInt(20);
            if (kind < 11 || depth == 0) out.append(pick(ATOMS));
            else if (kind < 14) out.append(bracket());
            else {
                String[] opens = {"(", "(", "(?:", "(?:", "(?<n>", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:"};
                out.append(pick(opens)).append(expression(depth - 1));
                if (random.nextInt(3) == 0) out.append('|').append(random.nextInt(5) == 0 ? "" : expression(depth - 1));
                if (random.nextInt(40) != 0) out.append(')');
            }
            if (random.nextInt(3) == 0) out.append(pick(QUANTIFIERS));
            if (random.nextInt(25) == 0) out.append('|');
        }
        return out.toString();
    }

    static String text() {
        var out = new StringBuilder();
        for (int n = random.nextInt(5); n > 0; n--) out.append(pick(TEXT));
        return out.toString();
    }

    /// `%` and control characters as %XX of their UTF-8 bytes, so that a row is one line.
    static String shown(String raw) {
        var out = new StringBuilder();
        raw.codePoints().forEach(c -> {
            if (c >= 0x20 && c != '%' && c != 0x7f && (c < 0x80 || c > 0xa0) && c != 0x2028 && c != 0x2029) out.appendCodePoint(c);
            else for (byte b : new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8)) out.append(String.format("%%%02X", b & 0xff));
        });
        return out.toString();
    }

    static String answer(String pattern, String text) {
        try {
            return Pattern.compile(pattern, FLAGS).matcher(text).matches() ? "match" : "no";
        } catch (PatternSyntaxException e) {
            return "error";
        } catch (NullPointerException | IndexOutOfBoundsException | StackOverflowError e) {
            return "bug"; // of Java's own: an empty operand of && and the like
        }
    }

    public static void main(String[] args) {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 4000;
        random = new Random(args.length > 1 ? Long.parseLong(args[1]) : 42);
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        out.println("# pattern TAB text TAB what Java " + Runtime.version().feature() + " says; %XX stands for a byte. Made by generate_java_cases.java.");
        for (String[] line : CHOSEN)
            for (int i = 1; i < line.length; i++) out.println(shown(line[0]) + "\t" + shown(line[i]) + "\t" + answer(line[0], line[i]));
        var seen = new HashSet<String>();
        int written = 0;
        while (written < rows) {
            String pattern = expression(2);
            String first = answer(pattern, "");
            if (first.equals("bug")) continue;
            if (first.equals("error")) {
                // One text is enough, and fewer of them: they teach less.
                if (random.nextInt(3) == 0 && seen.add(pattern)) { out.println(shown(pattern) + "\t\terror"); written++; }
                continue;
            }
            int matches = 0, misses = 0;
            for (int tries = 0; tries < 60 && matches + misses < 3; tries++) {
                String text = text();
                String said = answer(pattern, text);
                if (said.equals("bug")) break;
                boolean match = said.equals("match");
                if (match ? matches >= 2 : misses >= 1) continue;
                if (!seen.add(pattern + "\t" + text)) continue;
                if (match) matches++; else misses++;
                out.println(shown(pattern) + "\t" + shown(text) + "\t" + said);
                written++;
            }
        }
        out.flush();
    }
}
