package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exports of one server, by name and in the order in which they are listed. Immutable.
 *
 * <p>The empty name is the default export: the export that has it, or the one that {@link
 * #withDefault} chose, or none.
 */
public final class NbdExports {

  /** Most bytes that the answer to NBD_OPT_LIST may take, so that asking cannot exhaust memory. */
  static final int MAXIMUM_LISTING_BYTES = 256 * 1024;

  private final ImmutableMap<String, NbdExport> byName;
  private final @Nullable NbdExport defaultExport;

  private NbdExports(ImmutableMap<String, NbdExport> byName, @Nullable NbdExport defaultExport) {
    this.byName = byName;
    this.defaultExport = defaultExport;
  }

  /** As {@link #of(Collection)}. */
  public static NbdExports of(NbdExport... exports) {
    return of(List.of(exports));
  }

  /**
   * Puts exports into the order in which clients will see them.
   *
   * @throws IllegalArgumentException if two exports have one name, or if their names and
   *     descriptions together exceed 256 KiB
   */
  public static NbdExports of(Collection<NbdExport> exports) {
    Map<String, NbdExport> byName = new LinkedHashMap<>();
    long listingBytes = 0;
    for (NbdExport export : exports) {
      checkArgument(
          byName.putIfAbsent(export.name(), export) == null,
          "Two exports are called '%s'; give each a name of its own.",
          export.name());
      listingBytes += HandshakeOutput.listEntryBytes(export);
    }
    checkArgument(
        listingBytes <= MAXIMUM_LISTING_BYTES,
        "The names and descriptions of all exports take %s bytes to list, more than %s; use fewer or"
            + " shorter ones.",
        listingBytes,
        MAXIMUM_LISTING_BYTES);
    return new NbdExports(ImmutableMap.copyOf(byName), byName.get(""));
  }

  /**
   * The same exports, where a client that gives no name gets the one called {@code name}.
   *
   * @throws IllegalArgumentException if there is no such export, or another has the empty name
   */
  public NbdExports withDefault(String name) {
    NbdExport chosen = byName.get(name);
    checkArgument(chosen != null, "There is no export called '%s' to be the default.", name);
    NbdExport unnamed = byName.get("");
    checkArgument(
        unnamed == null || unnamed == chosen,
        "The export without a name is the default already; give it a name first.");
    return new NbdExports(byName, chosen);
  }

  /** The export that a client means by {@code name}, or null. */
  public @Nullable NbdExport find(String name) {
    return name.isEmpty() ? defaultExport : byName.get(name);
  }

  /** All exports, in the order in which they were given. */
  public Collection<NbdExport> list() {
    return byName.values();
  }

  @Override
  public String toString() {
    return byName.values().toString();
  }
}
