package dev.uring.allowlist;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the text form, whose grammar is at {@link AllowlistText}. One parser reads one text. */
final class AllowlistParser {
  static final String ALLOW = "allow";
  static final String ALLOW_REGISTER = "allow-register";
  static final String ALLOW_FLAGS = "allow-flags";
  static final String REQUIRE_FLAGS = "require-flags";
  static final String INCLUDE = "include";

  /** What a name can stand for, and what to say when it does not. */
  private enum Kind {
    REQUEST("request", namesSuchAs("read_fixed")),
    REGISTER_CALL("register call", namesSuchAs("register_files_update")),
    FLAG("entry flag", namesSuchAs("fixed_file")),
    PRESET("preset", "the presets are " + String.join(", ", URingAllowlist.presets().keySet()));

    private final String noun;
    private final String remedy;

    Kind(String noun, String remedy) {
      this.noun = noun;
      this.remedy = remedy;
    }

    private static String namesSuchAs(String example) {
      return "names are those of linux/io_uring.h in lower case without the prefix, such as "
          + example;
    }
  }

  private static final Map<String, UringOperation> OPERATIONS = byName(UringOperation.values());
  private static final Map<String, RegisterCall> REGISTER_CALLS = byName(RegisterCall.values());
  private static final Map<String, EntryFlag> FLAGS = byName(EntryFlag.values());

  private static final int MAX_QUOTED = 40;

  private final String text;
  private final AllowlistBuilder builder = URingAllowlist.builder();

  AllowlistParser(String text) {
    this.text = text;
  }

  /** A word and where it begins, both counted from 1. */
  private record Word(int line, int column, String text) {}

  URingAllowlist parse() {
    int line = 1;
    int start = 0;
    while (start <= text.length()) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      parseLine(line, text.substring(start, end));
      line++;
      start = end + 1;
    }
    return builder.build();
  }

  private void parseLine(int line, String content) {
    List<Word> words = words(line, content);
    if (words.isEmpty()) {
      return;
    }
    Word directive = words.get(0);
    List<Word> names = words.subList(1, words.size());
    switch (directive.text()) {
      case ALLOW -> names.forEach(name -> builder.allow(find(OPERATIONS, Kind.REQUEST, name)));
      case ALLOW_REGISTER ->
          names.forEach(
              name -> builder.allowRegister(find(REGISTER_CALLS, Kind.REGISTER_CALL, name)));
      case ALLOW_FLAGS -> names.forEach(name -> builder.allowFlags(find(FLAGS, Kind.FLAG, name)));
      case REQUIRE_FLAGS ->
          names.forEach(name -> builder.requireFlags(find(FLAGS, Kind.FLAG, name)));
      case INCLUDE ->
          names.forEach(name -> builder.include(find(URingAllowlist.presets(), Kind.PRESET, name)));
      default ->
          throw error(
              directive,
              "unknown directive %s; a line begins with %s"
                  .formatted(
                      quote(directive.text()),
                      "allow, allow-register, allow-flags, require-flags, include or #"));
    }
    if (names.isEmpty()) {
      throw error(
          directive,
          "%s stands alone; add one or more names, or remove the line"
              .formatted(quote(directive.text())));
    }
  }

  private static List<Word> words(int line, String content) {
    int comment = content.indexOf('#');
    int end = comment >= 0 ? comment : content.length();
    // Lines may end in CR LF; a carriage return anywhere else is part of a word, and so an error.
    if (comment < 0 && content.endsWith("\r")) {
      end--;
    }
    List<Word> words = new ArrayList<>();
    int start = 0;
    for (int index = 0; index <= end; index++) {
      boolean separator =
          index == end || content.charAt(index) == ' ' || content.charAt(index) == '\t';
      if (separator) {
        if (index > start) {
          words.add(new Word(line, start + 1, content.substring(start, index)));
        }
        start = index + 1;
      }
    }
    return words;
  }

  private static <T> T find(Map<String, T> names, Kind kind, Word word) {
    T found = names.get(word.text());
    if (found == null) {
      throw error(
          word,
          "no %s is called %s; %s".formatted(kind.noun, quote(word.text()), remedy(kind, word)));
    }
    return found;
  }

  private static String remedy(Kind kind, Word word) {
    String place = placeOf(word.text());
    return place == null ? kind.remedy : "it belongs on a line that begins with " + place;
  }

  private static @Nullable String placeOf(String name) {
    if (OPERATIONS.containsKey(name)) {
      return ALLOW;
    }
    if (REGISTER_CALLS.containsKey(name)) {
      return ALLOW_REGISTER;
    }
    if (FLAGS.containsKey(name)) {
      return ALLOW_FLAGS + " or " + REQUIRE_FLAGS;
    }
    return URingAllowlist.presets().containsKey(name) ? INCLUDE : null;
  }

  /** In quotes, printable whatever is in it, and never long. */
  private static String quote(String word) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int index = 0; index < Math.min(word.length(), MAX_QUOTED); index++) {
      char character = word.charAt(index);
      if (character > ' ' && character < 0x7f && character != '"' && character != '\\') {
        quoted.append(character);
      } else {
        quoted.append("\\u%04x".formatted((int) character));
      }
    }
    return quoted.append(word.length() > MAX_QUOTED ? "...\"" : "\"").toString();
  }

  private static AllowlistSyntaxException error(Word word, String problem) {
    return new AllowlistSyntaxException(word.line(), word.column(), problem);
  }

  private static <P extends Permission> ImmutableMap<String, P> byName(P[] permissions) {
    return Maps.uniqueIndex(Arrays.asList(permissions), Permission::textName);
  }
}
