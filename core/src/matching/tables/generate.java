// Writes the .inc tables of this folder from the Java runtime's own Unicode data; README.md names the command.
import java.io.PrintWriter;
import java.util.*;

public class generate {
    interface mapping { int of(int c); }

    static void mapping_table(PrintWriter out, String name, mapping map) {
        List<int[]> rows = new ArrayList<>(); // first, last, stride, delta
        for (int c = 0x80; c <= 0x10ffff; c++) {
            int delta = map.of(c) - c;
            if (delta == 0) continue;
            int[] row = rows.isEmpty() ? null : rows.get(rows.size() - 1);
            if (row != null && row[3] == delta) {
                int gap = c - row[1];
                if (row[0] == row[1] && gap <= 2) { row[1] = c; row[2] = gap; continue; }
                if (row[0] != row[1] && gap == row[2]) { row[1] = c; continue; }
            }
            rows.add(new int[] {c, c, 1, delta});
        }
        out.printf("constexpr case_range %s[] = {%n", name);
        for (int[] r : rows) out.printf("    {0x%x, 0x%x, %d, %d},%n", r[0], r[1], r[2], r[3]);
        out.println("};");
    }


    static void blocks(PrintWriter out) throws Exception {
        // The map behind UnicodeBlock.forName holds every accepted spelling (needs --add-opens java.base/java.lang=ALL-UNNAMED).
        var field = Character.UnicodeBlock.class.getDeclaredField("map");
        field.setAccessible(true);
        @SuppressWarnings("unchecked") var map = (Map<String, Character.UnicodeBlock>) field.get(null);
        Map<Character.UnicodeBlock, int[]> ranges = new HashMap<>();
        for (int c = 0; c <= 0x10ffff; c++) {
            var block = Character.UnicodeBlock.of(c);
            if (block == null) continue;
            int[] range = ranges.get(block);
            if (range == null) ranges.put(block, new int[] {c, c});
            else if (range[1] == c - 1) range[1] = c;
            else throw new IllegalStateException("block with a gap: " + block);
        }
        // A space, hyphen or underscore in a name may be left out: names are stored without them.
        TreeMap<String, int[]> rows = new TreeMap<>();
        for (var entry : map.entrySet()) {
            int[] range = ranges.get(entry.getValue());
            if (range != null) rows.put(entry.getKey().replaceAll("[ _-]", ""), range);
        }
        out.println("constexpr named_block blocks[] = {");
        for (var row : rows.entrySet())
            out.printf("    {\"%s\", 0x%x, 0x%x},%n", row.getKey(), row.getValue()[0], row.getValue()[1]);
        out.println("};");
    }

    static void scripts(PrintWriter out) throws Exception {
        var field = Character.UnicodeScript.class.getDeclaredField("aliases");
        field.setAccessible(true);
        @SuppressWarnings("unchecked") var map = (Map<String, Character.UnicodeScript>) field.get(null);
        TreeMap<String, String> rows = new TreeMap<>();
        for (var script : Character.UnicodeScript.values()) rows.put(script.name(), script.name());
        for (var entry : map.entrySet()) rows.put(entry.getKey().toUpperCase(Locale.ENGLISH), entry.getValue().name());
        out.println("constexpr named_script scripts[] = {");
        for (var row : rows.entrySet()) out.printf("    {\"%s\", \"%s\"},%n", row.getKey(), row.getValue());
        out.println("};");
    }

    public static void main(String[] args) throws Exception {
        String made = "// Made by generate.java (Unicode %s data of Java %s); do not edit.%n";
        String version = System.getProperty("java.version");
        String unicode = "13.0";
        try (var out = new PrintWriter("case.inc", "UTF-8")) {
            out.printf(made, unicode, version);
            mapping_table(out, "upper_ranges", Character::toUpperCase);
            mapping_table(out, "lower_ranges", Character::toLowerCase);
        }
        try (var out = new PrintWriter("names.inc", "UTF-8")) {
            out.printf(made, unicode, version);
            blocks(out);
            scripts(out);
        }
    }
}
