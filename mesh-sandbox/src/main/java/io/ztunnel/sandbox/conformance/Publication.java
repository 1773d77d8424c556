package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.scenario.Names;
import io.ztunnel.sandbox.conformance.scenario.ResourceTemplate;
import io.ztunnel.sandbox.conformance.scenario.XdsResource;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the control plane serves beside the mesh's own while a scenario runs. */
final class Publication {
    private final ConformanceMesh mesh;
    private final Names names;
    private final Map<String, XdsResource> resources = new LinkedHashMap<>();
    private final Set<String> gone = new HashSet<>();
    private final List<X509Certificate> revoked = new ArrayList<>();

    Publication(ConformanceMesh mesh, Names names) {
        this.mesh = mesh;
        this.names = names;
    }

    void add(List<ResourceTemplate> templates) throws IOException {
        for (ResourceTemplate template : templates) {
            XdsResource resource = template.build(names, mesh.names()::workload);
            resources.put(resource.typeUrl() + " " + resource.name(), resource);
            gone.remove(resource.name());
        }
        mesh.publish(List.copyOf(resources.values()), gone);
    }

    /** Also of those that belong to the mesh. */
    void remove(List<String> unwanted) throws IOException {
        unwanted.stream().map(names::expand).forEach(gone::add);
        resources.values().removeIf(resource -> gone.contains(resource.name()));
        mesh.publish(List.copyOf(resources.values()), gone);
    }

    void revoke(X509Certificate certificate) throws IOException {
        revoked.add(certificate);
        mesh.revoke(revoked);
    }
}
