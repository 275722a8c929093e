"""Names of technologies, licences and degrees: data only.

``TECHNOLOGIES`` are recognised however they are written; ``NAMES_THAT_ARE_WORDS`` only where
capitals show that the name is meant.
"""

from __future__ import annotations

TECHNOLOGIES = frozenset(
    """
    python java javascript typescript coffeescript actionscript kotlin scala clojure haskell
    erlang elixir golang c++ c# f# .net asp.net vb.net perl php ruby lua matlab fortran cobol
    groovy ocaml sql nosql mysql postgres postgresql mongodb mongo redis cassandra couchdb
    couchbase dynamodb elasticsearch solr lucene hbase neo4j sqlite mariadb mssql oracle db2
    teradata snowflake redshift bigquery hadoop kafka rabbitmq zookeeper mapreduce hdfs airflow
    dbt databricks linux unix ubuntu debian redhat centos freebsd windows macos android ios aws
    azure gcp heroku openstack vmware docker kubernetes terraform ansible jenkins travis vagrant
    git github gitlab bitbucket svn mercurial jira confluence trello asana html html5 css css3
    sass scss less.js xml json yaml graphql ajax jquery bootstrap webpack gulp node nodejs
    node.js react.js reactjs angularjs angular.js vue.js vuejs ember.js backbone.js d3 d3.js
    three.js next.js webgl websocket websockets rest restful soap grpc protobuf django flask
    rails sinatra laravel symfony wordpress drupal joomla magento shopify hibernate junit
    selenium cucumber rspec pytest testng cypress tensorflow pytorch keras numpy scipy pandas
    scikit-learn sklearn spss stata sas tableau powerbi qlik looker excel powerpoint outlook
    sharepoint visio quickbooks sage netsuite sap xero peoplesoft salesforce hubspot marketo
    mailchimp zendesk intercom crm erp cms seo sem ppc photoshop illustrator indesign figma
    invision dreamweaver premiere autocad solidworks revit sketchup arcgis gis simulink labview
    verilog vhdl fpga asic pcb arduino tcp/ip tcp udp dns dhcp vpn ssl tls ldap oauth saml http
    https ftp ssh iot ci/cd devops scrum kanban agile tdd bdd oop mvc saas paas iaas api apis
    sdk etl olap gaap ifrs hipaa gdpr sox osha pci itil iso fda nlp ocr llm llms gpu gpus cuda
    opencl opengl directx objective-c r&d ux ui ui/ux ux/ui b2b b2c qa hr it ar ap ap/ar p&l kpi
    kpis roi
    """.split()
)

NAMES_THAT_ARE_WORDS = frozenset(
    """
    go swift spring spark react rust access word ruby shell chef puppet express ember angular
    vue storm flink hive pig beam julia r c d basic delphi pascal swing struts play meteor
    backbone sketch maya unity unreal flash premiere director acrobat teams slack notion box
    drive lens will may mark grace hope bill rob art frank jack june april august summer dawn
    faith joy penny apple oracle target gap square stripe uber amazon shell ford chase visa
    discover progressive general electric bath reading nice mobile orange cork split essen
    """.split()
)

CREDENTIALS = frozenset(
    """
    phd doctorate doctoral md dds dmd do jd llb llm dvm mba mfa mph msw med msc ma ms meng mtech
    mphil master masters bsc ba bs bfa beng btech bcom be bachelor bachelors associate
    associates degree degrees diploma ged graduate undergraduate postgraduate gcse gcses a-level
    a-levels hnd nvq cpa cfa cma acca cima cia cisa cism cissp cfp fca aca cpc ea rn lpn lvn np
    crna bsn msn cna emt bls acls pals cpr aed pe pmp prince2 csm itil ccna ccnp mcse rhce lcsw
    lpc lmft lmhc bcba psyd edd ncc license licenses licensed licensure certificate certificates
    certification certifications certified registered registration chartered accredited
    accreditation clearance board-certified cdl
    """.split()
)

CASE_FREE = frozenset(
    """
    account accounting administrative administrator advertising analyst analytics architect
    assistant associate business chief client clinical communications community company
    consultant content corporate customer data department design designer developer development
    director editor education engineer engineering executive finance financial front full
    general head human information lead management manager marketing media medical officer
    office operations planning president product production program project quality relations
    representative research resources sales science scientist senior service services social
    software specialist staff strategy supervisor support systems team technical technician test
    testing training vice writer
    """.split()
)
"""Words of titles and departments: written with or without a capital, they say the same."""
