package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

/** A SPIFFE identity in Istio's form. Equality is exact; nothing is decoded or folded. */
public record Identity(String trustDomain, String namespace, String serviceAccount)
        implements Comparable<Identity> {
    private static final String SCHEME = "spiffe://";

    /**
     * @return null unless the text is {@code spiffe://<trust domain>/ns/<namespace>/sa/<service
     *     account>} with exactly these five pieces
     */
    public static @Nullable Identity parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            return null;
        }
        String[] pieces = uri.substring(SCHEME.length()).split("/", -1);
        if (pieces.length != 5 || !pieces[1].equals("ns") || !pieces[3].equals("sa")) {
            return null;
        }
        return new Identity(pieces[0], pieces[2], pieces[4]);
    }

    /** What policies compare with: the URI without its scheme. */
    public String principal() {
        return trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }

    @Override
    public int compareTo(Identity other) {
        return toString().compareTo(other.toString());
    }

    /** The SPIFFE URI. */
    @Override
    public String toString() {
        return SCHEME + principal();
    }
}
