package io.ztunnel.sandbox.manifest;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Changes single objects of a folder of manifests. Only the document that holds the object is
 * written anew; everything else in the file stays as its author left it. A file is replaced as a
 * whole, so that whoever watches the folder never reads half of a change.
 */
public final class ManifestFolder {
    /** Takes the objects that no file holds yet. */
    public static final String OWN_FILE = "ztunnel-sandbox.yaml";

    private static final String DEFAULT_NAMESPACE = "default";
    private static final int MAX_DEPTH = 16;

    private final Path folder;

    public ManifestFolder(Path folder) {
        this.folder = folder;
    }

    /** Where an object is: a document of a file and, if that is a list, one of its items. */
    private record Place(Path file, List<String> documents, int document, int item, Tree object) {}

    /** The object as it is written down. */
    public Optional<Tree> find(ObjectName name) throws IOException {
        return place(name).map(Place::object);
    }

    /** All that is written down, in the order of files and documents. */
    public List<ObjectName> names() throws IOException {
        List<ObjectName> names = new ArrayList<>();
        for (Path file : files()) {
            for (String document : documents(file)) {
                for (Tree object : objects(document)) {
                    names.add(ObjectName.of(object, DEFAULT_NAMESPACE));
                }
            }
        }
        return names;
    }

    /** Replaces the object where it is, or adds it to {@link #OWN_FILE}. */
    public void put(ObjectName name, Tree object) throws IOException {
        Optional<Place> place = place(name);
        if (place.isPresent()) {
            rewrite(place.get(), Optional.of(object));
            return;
        }
        Path file = folder.resolve(OWN_FILE);
        String before = Files.exists(file) ? Files.readString(file) : "";
        String end = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
        write(file, before + end + "---\n" + Manifests.toYaml(object.fields()));
    }

    /** False when no file holds it. */
    public boolean remove(ObjectName name) throws IOException {
        Optional<Place> place = place(name);
        if (place.isPresent()) {
            rewrite(place.get(), Optional.empty());
        }
        return place.isPresent();
    }

    private Optional<Place> place(ObjectName name) throws IOException {
        for (Path file : files()) {
            List<String> documents = documents(file);
            for (int i = 0; i < documents.size(); i++) {
                Optional<Place> place = within(file, documents, i, name);
                if (place.isPresent()) {
                    return place;
                }
            }
        }
        return Optional.empty();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> walk = Files.walk(folder, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return walk.filter(ManifestLoader::isManifestFile).sorted().toList();
        }
    }

    private static List<String> documents(Path file) throws IOException {
        return ManifestText.split(ManifestText.readable(file.toString(), Files.readString(file)));
    }

    private static List<Tree> objects(String document) {
        Optional<Tree> tree = ManifestText.tree(document);
        return tree.filter(list -> list.has("items"))
                .map(list -> list.trees("items"))
                .orElseGet(() -> tree.stream().toList());
    }

    private static Optional<Place> within(
            Path file, List<String> documents, int at, ObjectName name) {
        Optional<Tree> tree = ManifestText.tree(documents.get(at));
        if (tree.isEmpty()) {
            return Optional.empty();
        }
        if (ObjectName.of(tree.get(), DEFAULT_NAMESPACE).equals(name)) {
            return Optional.of(new Place(file, documents, at, -1, tree.get()));
        }
        List<Tree> items = tree.get().trees("items");
        for (int item = 0; item < items.size(); item++) {
            if (ObjectName.of(items.get(item), DEFAULT_NAMESPACE).equals(name)) {
                return Optional.of(new Place(file, documents, at, item, items.get(item)));
            }
        }
        return Optional.empty();
    }

    private static void rewrite(Place place, Optional<Tree> object) throws IOException {
        Optional<Tree> document = place.item() < 0 ? object : Optional.of(withItem(place, object));
        List<String> documents = new ArrayList<>(place.documents());
        String before = documents.get(place.document());
        if (document.isEmpty()) {
            documents.remove(place.document());
        } else {
            documents.set(place.document(), ManifestText.of(document.get(), before, place.file()));
        }
        write(place.file(), String.join("", documents));
    }

    private static Tree withItem(Place place, Optional<Tree> object) {
        Tree list = ManifestText.tree(place.documents().get(place.document())).orElseThrow();
        List<Object> items = new ArrayList<>(list.list("items"));
        if (object.isPresent()) {
            items.set(place.item(), object.get());
        } else {
            items.remove(place.item());
        }
        return list.edit().set(items, "items").build();
    }

    private static void write(Path file, String text) throws IOException {
        Path next = file.resolveSibling("." + file.getFileName() + ".next");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
