package io.ztunnel.sandbox.conformance.scenario;

/** The address families of a mesh. In a dual one pods list IPv4 first and scenarios call IPv6. */
public enum Family {
    IPV4,
    IPV6,
    DUAL;

    public boolean hasIpv4() {
        return this != IPV6;
    }

    public boolean hasIpv6() {
        return this != IPV4;
    }

    /** As the command line and reports write it. */
    public String text() {
        return FieldReader.word(this);
    }
}
