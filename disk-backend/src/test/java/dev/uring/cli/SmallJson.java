package dev.uring.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON strictly, as far as tests of what this program writes need it. */
final class SmallJson {
  private final String text;
  private int at;

  private SmallJson(String text) {
    this.text = text;
  }

  static Object parse(String text) {
    SmallJson json = new SmallJson(text);
    Object value = json.value();
    json.blanks();
    json.require(json.at == text.length());
    return value;
  }

  private Object value() {
    blanks();
    char first = text.charAt(at);
    if (first == '{') {
      return object();
    }
    if (first == '[') {
      return array();
    }
    if (first == '"') {
      return string();
    }
    int start = at;
    while (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '-') {
      at++;
    }
    String word = text.substring(start, at);
    return word.equals("true") || word.equals("false")
        ? (Object) Boolean.valueOf(word)
        : Integer.valueOf(word);
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    expect('{');
    blanks();
    while (text.charAt(at) != '}') {
      if (!members.isEmpty()) {
        expect(',');
        blanks();
      }
      String name = string();
      expect(':');
      require(members.put(name, value()) == null);
      blanks();
    }
    expect('}');
    return members;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    expect('[');
    blanks();
    while (text.charAt(at) != ']') {
      if (!elements.isEmpty()) {
        expect(',');
      }
      elements.add(value());
      blanks();
    }
    expect(']');
    return elements;
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    expect('"');
    while (text.charAt(at) != '"') {
      char one = text.charAt(at++);
      require(one >= ' ');
      if (one == '\\') {
        char escaped = text.charAt(at++);
        if (escaped == 'u') {
          string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          at += 4;
        } else {
          require(escaped == '"' || escaped == '\\');
          string.append(escaped);
        }
      } else {
        string.append(one);
      }
    }
    expect('"');
    return string.toString();
  }

  private void blanks() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
      at++;
    }
  }

  private void expect(char wanted) {
    blanks();
    require(text.charAt(at) == wanted);
    at++;
  }

  private void require(boolean right) {
    if (!right) {
      throw new AssertionError("no JSON at " + at + " of:\n" + text);
    }
  }
}
