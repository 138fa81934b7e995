import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.test.config.TestHSearchAddInConfig;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** HAPI FHIR's JPA server (R4, H2 in memory) on the loopback interface; prints "listening PORT" when it serves. */
public final class HapiServer {
  public static void main(String[] args) throws Exception {
    var context = new AnnotationConfigApplicationContext(TestR4Config.class, TestHSearchAddInConfig.NoFT.class);
    var settings = context.getBean(JpaStorageSettings.class);
    // A search must see what was just written: no reuse of cached results.
    settings.setReuseCachedSearchResultsForMillis(null);

    var fhir = context.getBean(FhirContext.class);
    var servlet = new RestfulServer(fhir);
    servlet.registerProviders(context.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
    servlet.registerProvider(context.getBean("mySystemProviderR4"));
    servlet.setDefaultResponseEncoding(EncodingEnum.JSON);

    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    server.addConnector(connector);
    var handler = new ServletContextHandler();
    handler.addServlet(new ServletHolder(servlet), "/fhir/*");
    server.setHandler(handler);
    server.start();
    System.out.println("listening " + connector.getLocalPort());
    server.join();
  }
}
